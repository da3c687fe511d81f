"""The store writes whole files, remembers where they came from, and refuses what it did not write."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

PROTOCOL = "0123456789abcdef"
PART = Partition.checkpoint("run", 100, PROTOCOL)
FROM = Provenance("v1", "1", {"weights": "abc"})


def rows(**changes: object) -> pl.DataFrame:
    row = {
        "model": "run", "step": 100, "item_set": "s", "item_id": "i", "sample": 0,
        "reading": "fair", "verdict": "correct", "shows_steps": True, "extracted": "7", "rule": "answer_line",
        "ending": "ended",
    }  # fmt: skip
    return pl.DataFrame([row | changes])


def test_what_is_written_is_read_with_its_provenance(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(VERDICTS, PART, rows(), FROM)
    assert store.read(VERDICTS, PART).equals(VERDICTS.conform(rows(protocol=PROTOCOL)))
    assert store.provenance(VERDICTS, PART) == replace(FROM, table_version=VERDICTS.version)
    assert list(store.partitions(VERDICTS)) == [("run", 100)]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    one = Store(tmp_path / "one").write(VERDICTS, PART, rows(), FROM)
    two = Store(tmp_path / "two").write(VERDICTS, PART, rows(), FROM)
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("frame", "named"),
    [
        (rows().drop("verdict"), "verdict"),
        (rows().with_columns(extra=pl.lit(1)), "extra"),
        (rows(step="soon"), "soon"),
        (pl.concat([rows(), rows()]), "item_id"),
    ],
)
def test_a_refused_frame_leaves_the_stored_one_alone(tmp_path: Path, frame: pl.DataFrame, named: str) -> None:
    store = Store(tmp_path)
    before = store.write(VERDICTS, PART, rows(), FROM).read_bytes()
    with pytest.raises(StoreError, match=named):
        store.write(VERDICTS, PART, frame, FROM)
    assert store.path(VERDICTS, PART).read_bytes() == before
    assert [path.name for path in store.path(VERDICTS, PART).parent.iterdir()] == [f"{PROTOCOL}.parquet"]


def test_a_column_that_nothing_filled_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    before = store.write(VERDICTS, PART, rows(), FROM).read_bytes()
    with pytest.raises(StoreError, match="no row has a value in rule"):
        store.write(VERDICTS, PART, rows(rule=None), FROM)
    assert store.path(VERDICTS, PART).read_bytes() == before
    some = pl.concat([rows(item_id="a"), rows(item_id="b").with_columns(rule=pl.lit(None, pl.String))])
    store.write(VERDICTS, PART, some, FROM)
    store.write(VERDICTS, PART, rows(extracted=None, verdict="unparsed"), FROM)  # its `may_be_null` allows it
    store.write(VERDICTS, PART, rows().clear(), FROM)
    assert store.read(VERDICTS, PART).is_empty()


def test_a_column_counts_as_filled_by_any_part(tmp_path: Path) -> None:
    store = Store(tmp_path)
    parts = [rows(item_id="a").with_columns(rule=pl.lit(None, pl.String)), rows(item_id="b")]
    store.write_parts(VERDICTS, PART, parts, FROM)
    with pytest.raises(StoreError, match="rule"):
        store.write_parts(VERDICTS, PART, parts[:1], FROM)


def test_a_missing_partition_says_how_to_make_it(tmp_path: Path) -> None:
    assert Store(tmp_path).provenance(VERDICTS, PART) is None
    with pytest.raises(StoreError, match=r"run@100[\s\S]*materialise 'verdicts'"):
        Store(tmp_path).read(VERDICTS, PART)


def test_a_missing_step_is_answered_with_the_stored_ones(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for step in range(0, 1200, 100):
        store.write(VERDICTS, Partition.checkpoint("run", step, PROTOCOL), rows(), FROM)
    named = r"run@7 under protocol \w+ yet \(steps of this model: 0, 100, 200, 300, 400, 500, 600, \.\.\., 1100\)"
    with pytest.raises(StoreError, match=named):
        store.read(VERDICTS, Partition.checkpoint("run", 7, PROTOCOL))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.write(VERDICTS, PART, rows(), FROM)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError, match=rf"{PROTOCOL}\.parquet: not a complete Parquet file"):
        store.read(VERDICTS, PART)


def test_a_file_of_an_older_version_is_known_but_not_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(VERDICTS, PART, rows(), FROM)
    newer = replace(VERDICTS, version=VERDICTS.version + 1)
    assert store.provenance(newer, PART) == replace(FROM, table_version=VERDICTS.version)
    with pytest.raises(StoreError, match=r"has version \d+ of table 'verdicts'[\s\S]*skillprobe upgrade"):
        store.read(newer, PART)


def test_a_file_of_a_newer_version_needs_a_newer_skillprobe(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(replace(VERDICTS, version=VERDICTS.version + 1), PART, rows(), FROM)
    with pytest.raises(StoreError, match="install the skillprobe that wrote the store"):
        store.read(VERDICTS, PART)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.path(VERDICTS, PART)
    path.parent.mkdir(parents=True)
    rows().write_parquet(path)
    with pytest.raises(StoreError, match="not written by skillprobe"):
        store.read(VERDICTS, PART)


def test_a_writer_killed_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    before = store.write(VERDICTS, PART, rows(), FROM).read_bytes()
    program = """
import os, sys
from pathlib import Path
import polars as pl, pyarrow.parquet as pq
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
store, write = Store(Path(sys.argv[1])), pq.ParquetWriter.write_table
part = Partition.checkpoint("run", 100, "0123456789abcdef")
def die(writer, table, **options):
    write(writer, table, **options)
    os.kill(os.getpid(), 9)
pq.ParquetWriter.write_table = die
store.write(VERDICTS, part, store.read(VERDICTS, part).with_columns(verdict=pl.lit("wrong")), Provenance("v2", "1"))
"""
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, env=os.environ.copy())
    assert ended.returncode == -9
    assert store.path(VERDICTS, PART).read_bytes() == before
    assert list(store.partitions(VERDICTS)) == [("run", 100)]
