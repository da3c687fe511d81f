"""Digests of draws: equal for equal draws, and the same in a process with another hash seed."""

import random
from dataclasses import replace
from pathlib import Path

from skillprobe_core.benchmark.battery.kind_streams import digests_elsewhere, stream_digest, stream_digests
from skillprobe_core.benchmark.item_schema import Draft, finished
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND

SMALL = replace(KIND, levels=(1,))


def with_longer_prompts(level: int, rng: random.Random) -> Draft:
    made = finished(KIND.draft(level, rng))
    return replace(made, prompt=f"{made.prompt} Please.")


def test_the_digest_is_that_of_the_draws() -> None:
    assert stream_digest(SMALL, (1,)) == stream_digest(
        replace(SMALL, draft=lambda *draw: finished(KIND.draft(*draw))), (1,)
    )
    assert stream_digest(SMALL, (1,)) != stream_digest(replace(SMALL, draft=with_longer_prompts), (1,))
    assert stream_digest(SMALL, (1,)) != stream_digest(SMALL, (2,))
    assert stream_digest(SMALL, (1,)) != stream_digest(SMALL, (1,), count=5)


def test_another_process_draws_the_same(tmp_path: Path) -> None:
    file = tmp_path / "kind.py"
    file.write_text(
        "from dataclasses import replace\n"
        "from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND as K\n"
        "KINDS = (replace(K, levels=(1,)), replace(K, name='second', version=3, levels=(2,)))\n"
    )
    kinds = (SMALL, replace(KIND, name="second", version=3, levels=(2,)))
    assert digests_elsewhere(str(file), 4294967295) == stream_digests(kinds)
    assert set(stream_digests(kinds)) == {f"column_sum {KIND.version}", "second 3"}


def test_the_ladder_has_a_digest_of_its_own() -> None:
    longer = replace(KIND, levels=(1, 6), draft=lambda level, rng: with_longer_prompts(min(level, 2), rng))
    found = stream_digests((longer,))
    name = f"column_sum {KIND.version}"
    assert set(found) == {name, f"{name} from 6"}
    assert found[name] == stream_digests((replace(longer, levels=(1,)),))[name]
