"""reasoning-gym's data sets, where it is installed (extra `gym`)."""

import os
import subprocess
import sys

import pytest

from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.sources.gym import ALLOWED, read_gym
from skillprobe_core.benchmark.sources.source import items_from

pytest.importorskip("reasoning_gym", reason="the extra `gym` is not installed", exc_type=ImportError)

PROGRAM = f"""
import sys
sys.path[:0] = {sys.path!r}
from skillprobe_core.benchmark.sources.gym import ALLOWED, read_gym
print([entry.draft for name in sorted(ALLOWED) for entry in read_gym(name, count=2)])
"""


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_every_item_is_right_by_its_own_answer_and_seeds_share_none(name):
    found = items_from(read_gym(name, count=20), f"gym/{name}")
    assert len(found) >= 18
    for item in found:
        assert judge(item, f"It must be so.\nAnswer: {item.answer}").verdict is Verdict.CORRECT
        assert judge(item, f"Answer: {item.answer}7").verdict is Verdict.WRONG
        assert item.chance < 0.5
    other = {item.prompt for item in items_from(read_gym(name, count=20, seed=1), f"gym/{name}")}
    assert len(other & {item.prompt for item in found}) <= 1


def test_draws_are_the_same_in_every_process():
    told = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "77")
    ]
    assert told[0] == told[1]
