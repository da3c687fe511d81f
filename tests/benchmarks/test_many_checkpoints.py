"""The benchmark of many checkpoints, on a store of a few: figures for each part, and a readable store."""

import json
from pathlib import Path

import pytest

from benchmarks._synthetic_store import multiply_runs, write_store
from benchmarks.many_checkpoints import cost, main
from skillprobe_core.engine.catalog import connect
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.table_registry import all_tables


def test_looks_have_a_figure_each(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--checkpoints", "3", "--parts", "looks"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["name"] for row in rows] == ["first_look", "later_look", "one_key"]
    assert all(row["skillprobe"] > 0 and row["peer_figure"] > 0 for row in rows)


def test_the_store_has_rows_of_all_its_models_in_eight_tables(tmp_path: Path) -> None:
    store = write_store(tmp_path, runs=2, steps=2, levels=(1,), per_level=1, kinds=6)
    protocol = current_protocol(store).protocol
    multiply_runs(store, protocol, ["copy"], "run000-sft")
    connection = connect(store, all_tables(), protocol)
    named = connection.sql(
        "SELECT model, count(DISTINCT step) FROM skill_scores GROUP BY model ORDER BY model"
    ).fetchall()
    assert named == [("copy", 3), ("run000-sft", 3), ("run001-rl", 3)]
    stored = [table.name for table in all_tables() if table.partitioned and list(store.partitions(table, protocol))]
    assert len(stored) == 8
    assert all(len(list((tmp_path / name).glob("*/*/*.parquet"))) == 9 for name in stored)
    changed = connection.sql("SELECT count(*) FROM verdicts WHERE verdict = 'correct' GROUP BY model, step").fetchall()
    assert len(set(changed)) > 1


def test_a_failed_command_is_not_a_figure(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="exit status 3"):
        cost("import sys; sys.exit(3)", home=tmp_path)
    assert cost("bytearray(200_000_000)", home=tmp_path).memory > 200_000_000
