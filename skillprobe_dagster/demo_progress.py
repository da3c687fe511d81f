"""Progress of the demo, and its expected duration on this machine."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.machine.fast_number_types import bfloat16_is_fast, product_seconds
from skillprobe_core.machine.processor import cores

# Read on two quiet cores of an AMD EPYC (Zen 3, float32): the whole demo, one product and one loop, on one thread.
_REFERENCE_SECONDS = 210.0
_REFERENCE_PRODUCT = 0.42e-3
_REFERENCE_LOOP = 1.74e-3
# Share of the processor time that the two trainers take there, which is the rest's less: evaluation.
_TRAINING_SHARE = 0.4
# More cores than this find nothing to do: two trainers and two evaluations at a time.
_MOST_CORES = 4
_GOAL_SECONDS = 300.0
# Before this share of the work, a rate says little.
_FIRST_RATE = 0.15
_SURE_RATE = 0.35


@dataclass(frozen=True, slots=True)
class Done:
    """The work that is finished.

    steps: Optimizer steps by trainer, and `all_steps` how many it makes.
    tables: Tables written for the checkpoints, of `all_tables` in the end.
    evaluated: Checkpoints with every table, of `all_checkpoints` in the end.
    """

    steps: Mapping[str, int]
    all_steps: Mapping[str, int]
    tables: int
    all_tables: int
    evaluated: int
    all_checkpoints: int

    @property
    def share(self) -> float:
        """Share of the demo's processor time that is spent, from 0 to 1."""
        trained = sum(self.steps[name] / self.all_steps[name] for name in self.all_steps) / len(self.all_steps)
        return _TRAINING_SHARE * trained + (1 - _TRAINING_SHARE) * self.tables / self.all_tables


def expected_seconds(count: int, product: float, loop: float) -> float:
    """Estimate how long the demo takes.

    Args:
        count: Cores that it may use.
        product: Seconds of one matrix product (`product_seconds`), of which about half of its work consists.
        loop: Seconds of one pass of interpreted code (`loop_seconds`), which is like the other half.

    Returns:
        Seconds until its end.
    """
    speed = (product / _REFERENCE_PRODUCT + loop / _REFERENCE_LOOP) / 2
    return _REFERENCE_SECONDS * speed * 2 / min(max(count, 1), _MOST_CORES)


def expected_here() -> float:
    """Estimate how long the demo takes on this machine, in seconds; measuring takes some milliseconds."""
    dtype = "bfloat16" if bfloat16_is_fast() else "float32"
    return expected_seconds(cores(), product_seconds(dtype)[0], loop_seconds())


def loop_seconds() -> float:
    """Seconds of a fixed piece of interpreted Python, the fastest of several passes."""
    best = float("inf")
    for _ in range(5):
        started = time.thread_time()
        words: dict[str, int] = {}
        for i in range(10_000):
            word = str(i % 97)
            words[word] = words.get(word, 0) + i
        best = min(best, time.thread_time() - started)
    return best


def steps_in(log: str, method: str) -> int:
    """Find the last step that a trainer's log reports; 0 before the first."""
    found = re.findall(rf"^{method}: (\d+)/\d+\b", log, re.MULTILINE)
    return int(found[-1]) if found else 0


def steps_so_far(folder: Path, methods: tuple[str, ...]) -> dict[str, int]:
    """Read how many steps each trainer made from `METHOD.log` in the demo's folder."""
    logs = {method: folder / f"{method}.log" for method in methods}
    return {
        method: steps_in(log.read_text(errors="replace"), method) if log.exists() else 0 for method, log in logs.items()
    }


def state_line(done: Done, seconds: float) -> str:
    """Say how far the demo is after `seconds`, and how long the rest takes at this rate."""
    parts = [f"{name} {done.steps[name]}/{whole} steps" for name, whole in done.all_steps.items()]
    parts.append(f"{done.evaluated} of {done.all_checkpoints} checkpoints evaluated")
    if done.share >= _FIRST_RATE:
        parts.append(f"{minutes(seconds * (1 - done.share) / done.share)} left")
    return ", ".join(parts)


def late(done: Done, seconds: float) -> str | None:
    """Say that the demo will take longer than five minutes, where its rate shows that; else None."""
    # Early on the trainers hold the cores, so that evaluations look slower than they are.
    if done.share < _SURE_RATE or seconds / done.share <= 1.1 * _GOAL_SECONDS:
        return None
    return f"this machine needs longer than {minutes(_GOAL_SECONDS)}: {minutes(seconds / done.share)} in all"


def expectation(seconds: float) -> str:
    """Say how long the demo will take, as `expected_here` estimates it."""
    longer = ", longer than the usual five" if seconds > _GOAL_SECONDS else ""
    return f"about {minutes(seconds)}{longer}"


def minutes(seconds: float) -> str:
    """Round a duration as people say it: `40 s`, `4 min`, `4.5 min`."""
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} s"
    return f"{round(seconds / 30) / 2:g} min"
