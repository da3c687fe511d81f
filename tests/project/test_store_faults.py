"""Faults outside the tables: logs of completions, hidden states, records; and their removal from the way."""

import json
from pathlib import Path

import polars as pl
import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.generations.chunk_log import SCHEMA, ChunkLog
from skillprobe_core.project.renamed_models import earlier_names
from skillprobe_core.project.store_faults import faults, set_aside


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    row = {
        name: "x" if type_ == pl.String else [1] if isinstance(type_, pl.List) else 1 for name, type_ in SCHEMA.items()
    }
    ChunkLog(store.scratch("generations"), "v").commit(pl.DataFrame([row], schema=SCHEMA))
    save_file({"values": torch.zeros(3)}, store.scratch("base_states") / "b.float32.t.safetensors")
    (store.scratch("names") / "m.json").write_text("{}")
    (store.scratch("renamed") / "old.json").write_text(json.dumps({"now": "m", "folders": []}))
    return store


def test_sound_work_in_progress_has_no_faults(store: Store) -> None:
    assert list(faults(store)) == []


@pytest.mark.parametrize("pattern", ["generations/v/*.parquet", "base_states/*", "names/*", "renamed/*"])
@pytest.mark.parametrize("content", [b"", b"[1]", bytes(100), b"[" * 100_000])
def test_each_damaged_file_is_found_and_set_aside_alone(pattern: str, content: bytes, store: Store) -> None:
    (file,) = store.work().glob(pattern)
    file.write_bytes(content)
    found = list(faults(store))
    assert [fault.path for fault in found] == [file]
    others = {path for path in store.work().rglob("*") if path.is_file()} - {file}
    moved = set_aside(store, found) / file.relative_to(store.root)
    assert moved.read_bytes() == content
    assert {path for path in store.work().rglob("*") if path.is_file()} == others | {moved}
    assert list(faults(store)) == []


def test_a_damaged_record_of_a_renamed_model_is_named(store: Store) -> None:
    (store.work("renamed") / "old.json").write_text("{")
    with pytest.raises(StoreError, match=r"old\.json: the record of a renamed model is damaged"):
        list(earlier_names(store))
