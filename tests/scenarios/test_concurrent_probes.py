"""Probes of one checkpoint at the same time, with other item sets: all succeed and share one log of completions."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.project.store_faults import faults

SETTINGS = """
[items]
levels = [1]
kinds = ["column_sum", "contradiction"]
[sampling]
max_new_tokens = 4
[divergence]
texts = ["reference", "own"]
[scratch]
free_gigabytes = 0
"""


@pytest.mark.slow
def test_probes_with_other_item_sets_succeed_together(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    (tmp_path / "skillprobe.toml").write_text(SETTINGS)
    environment = os.environ | {"SKILLPROBE_HOME": str(tmp_path)}
    probes = []
    for number in (1, 2, 3, 4):
        words = ["probe", str(tiny_run / "checkpoint-10"), "--base", str(tiny_base), "--per-level", str(number)]
        command = [sys.executable, "-m", "skillprobe", *words]
        probes.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    for probe in probes:
        _, said = probe.communicate()
        assert probe.returncode == 0, said.decode()
    store = Store(tmp_path)
    assert list(faults(store)) == []
    protocols = sorted({path.stem for path in (tmp_path / VERDICTS.name).glob("*/*/*.parquet")})
    assert len(protocols) == 4
    parts = (tmp_path / GENERATIONS.name).glob("*/*/*.parquet")
    answers = pl.concat([pl.read_parquet(part, hive_partitioning=False) for part in parts])
    each = answers.select("model", "step", "item_id", "completion").unique()
    assert each.height == each.unique(["model", "step", "item_id"]).height, "one completion per checkpoint and item"
    assert len(list((tmp_path / "_work" / "generations").glob("*/*.parquet"))) == 2
    assert [path for path in (tmp_path / "_work" / "locks").iterdir() if path.suffix == ".lock"] == []
