"""Checks of all bytes of a table's files."""

import json
import os
import random
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from skillprobe_core.engine.part_checks import faults_of
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.engine.table import CHECKPOINT_KEYS, PROTOCOL_KEYS, Column, Table
from skillprobe_core.machine.unfinished_files import unfinished

ANSWERS = Table(
    name="answers", version=3, about="Answers", key=("model", "step", "protocol", "n"),
    columns=(*PROTOCOL_KEYS, Column("n", pl.Int64, "Number")),
)  # fmt: skip
NORMS = Table(
    name="norms", version=1, about="Norms", key=("model", "step"),
    columns=(*CHECKPOINT_KEYS, Column("norm", pl.Float64, "Norm")),
)  # fmt: skip
PROTOCOL = "a" * 16


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    frame = pl.DataFrame({"model": "m", "step": 5, "n": range(3000)})
    store.write(ANSWERS, Partition.checkpoint("m", 5, PROTOCOL), frame, Provenance("v", "1"))
    store.write(NORMS, Partition.checkpoint("m", 5), pl.DataFrame({"model": "m", "step": [5], "norm": 1.0}),
                Provenance("v", "1"))  # fmt: skip
    return store


def causes(store: Store, table: Table) -> list[str]:
    return [fault.cause for fault in faults_of(table, store.root / table.name)]


def part(store: Store) -> Path:
    return store.path(ANSWERS, Partition.checkpoint("m", 5, PROTOCOL))


def test_a_sound_store_and_one_that_is_being_written_have_no_faults(store: Store) -> None:
    assert causes(store, ANSWERS) == causes(store, NORMS) == []
    unfinished(part(store)).write_bytes(b"half")
    assert causes(store, ANSWERS) == []
    assert list(faults_of(ANSWERS, store.root / "none")) == []


@pytest.mark.parametrize("seed", range(8))
def test_any_changed_byte_of_a_page_is_noticed(seed: int, store: Store) -> None:
    """Each page has a checksum, so that a change which still decodes is noticed as well."""
    path, rng = part(store), random.Random(seed)
    content = bytearray(path.read_bytes())
    group = pq.read_metadata(path).row_group(0)
    (chunk,) = (group.column(at) for at in range(group.num_columns) if group.column(at).path_in_schema == "n")
    end = (chunk.dictionary_page_offset or chunk.data_page_offset) + chunk.total_compressed_size
    content[end - 1 - rng.randrange(1000)] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    (cause,) = causes(store, ANSWERS)
    assert "not a complete Parquet file" in cause


def test_rows_in_the_folder_of_another_part_are_named(store: Store) -> None:
    backup = store.root / "answers" / "model=m.bak" / "step=5" / part(store).name
    later = store.root / "answers" / "model=m" / "step=6" / part(store).name
    for path in (backup, later):
        path.parent.mkdir(parents=True)
        path.write_bytes(part(store).read_bytes())
    assert causes(store, ANSWERS) == ["its rows belong to step 5", "its rows belong to model m"]


@pytest.mark.parametrize(
    "name", ["part.parquet.1", "model=m/step=x/part.parquet", "model=m/note.txt", "model=m/step=5/x.parquet"]
)
def test_a_name_that_no_part_has_is_named(name: str, store: Store) -> None:
    path = store.root / "norms" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    (cause,) = causes(store, NORMS)
    assert "not a name" in cause


def test_a_part_of_another_table_or_a_later_version_is_named(store: Store) -> None:
    moved = store.root / "norms" / "model=m" / "step=6" / "part.parquet"
    moved.parent.mkdir()
    moved.write_bytes(part(store).read_bytes())
    assert causes(store, NORMS) == ["its rows are those of table 'answers'"]
    later = Table(**{**{name: getattr(NORMS, name) for name in NORMS.__dataclass_fields__}, "version": 2})
    store.write(
        later, Partition.checkpoint("m", 5), store.read(NORMS, Partition.checkpoint("m", 5)), Provenance("v", "1")
    )
    moved.unlink()
    (cause,) = causes(store, NORMS)
    assert "later skillprobe (version 2" in cause


def test_a_link_to_a_device_ends_the_check_as_a_fault(store: Store) -> None:
    path = part(store)
    path.unlink()
    os.symlink("/dev/null", path)
    (cause,) = causes(store, ANSWERS)
    assert json.dumps(cause)


def test_a_footer_that_only_one_library_accepts_is_noticed(tmp_path: Path) -> None:
    timed = Table(
        name="timed", version=1, about="Times", key=("model", "step"),
        columns=(*CHECKPOINT_KEYS, Column("at", pl.Datetime("us", "UTC"), "Time")),
    )  # fmt: skip
    frame = pl.DataFrame({"model": "m", "step": [5], "at": [datetime(2026, 3, 1, tzinfo=UTC)]})
    path = Store(tmp_path).write(timed, Partition.checkpoint("m", 5), frame, Provenance("v", "1"))
    content = path.read_bytes()
    assert list(faults_of(timed, tmp_path / "timed")) == []
    # The time zone in the base64 of the Arrow schema, at any of its three shifts, becomes no UTF-8.
    damaged = content.replace(b"VVRD", b"lVRD").replace(b"BVVEMA", b"CVVEMA")
    assert damaged != content
    path.write_bytes(damaged)
    assert len(list(faults_of(timed, tmp_path / "timed"))) == 1
