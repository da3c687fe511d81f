"""Each damage makes a stored file unusable, and only a flipped bit may leave it as it was."""

import random
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.engine.part_checks import faults_of
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table
from tools.faults.damages import DAMAGES

NORMS = Table(
    name="norms", version=1, about="Norms", key=("model", "step", "n"),
    columns=(*CHECKPOINT_KEYS, Column("n", pl.Int64, "Number"), Column("norm", pl.Float64, "Norm")),
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(DAMAGES) - {"flipped bit"}))
def test_each_damage_is_found(name: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    frame = pl.DataFrame({"model": "m", "step": 5, "n": range(500), "norm": [n / 7 for n in range(500)]})
    path = store.write(NORMS, Partition.checkpoint("m", 5), frame, Provenance("v", "1"))
    assert list(faults_of(NORMS, tmp_path / "norms")) == []
    before = path.read_bytes()
    DAMAGES[name](path, random.Random(name))
    assert path.read_bytes() != before
    assert [fault.path for fault in faults_of(NORMS, tmp_path / "norms")] == [path]
