"""`python -m benchmarks backfill`: the same checkpoints in every way, and figures of each."""

import json

import pytest

from benchmarks.backfill import main


@pytest.mark.slow
def test_every_way_evaluates_the_checkpoints_and_has_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--checkpoints", "2", "--width", "16"])
    rows = {row["name"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    ways = {name: row for name, row in rows.items() if "work" in row}
    assert set(ways) == {"worker", "range", "runs"}
    assert {row["checkpoints"] for row in ways.values()} == {2}
    assert len({row["work"] for row in ways.values()}) == 1
    assert all(
        row["skillprobe"] == pytest.approx(row["work"] + row["beyond_the_work"], abs=0.01) for row in ways.values()
    )
