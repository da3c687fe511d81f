"""Each example runs as a program of its own, on real tiny checkpoints."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import skillprobe

ROOT = Path(__file__).parents[2]
SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum", "energy_levels", "contradiction"]
[sampling]
max_new_tokens = 4
[divergence]
texts = ["reference"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "skillprobe.toml").write_text(SETTINGS)
    return tmp_path / "home"


def output(home: Path, example: str, *arguments: object) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SKILLPROBE_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / example), *map(str, arguments)],
        cwd=home.parent, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_probing_a_checkpoint_and_comparing_two_runs(
    home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    first = output(home, "probe_checkpoint.py", tiny_run / "checkpoint-20", tiny_base)
    assert re.search(r"\b(\d+) of \1 tables have to be computed", first)
    assert "tiny-sft@20  skill_scores: 20 rows\n" in first
    assert "│ calculation ┆ " in first
    other = shutil.copytree(tiny_run, tmp_path / "other") / "checkpoint-10"
    assert "tables have to be computed" in output(home, "probe_checkpoint.py", other, tiny_base)
    compared = output(home, "compare_runs.py", "tiny-sft", "other")
    assert "difference" in compared
    assert "change_low" in compared


def test_watching_a_training_run(home: Path, tiny_base: Path, tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="TRL is not installed: pip install 'skillprobe[lab]'")
    shown = output(home, "watch_training.py", tiny_base, tmp_path / "trained")
    order = [line.split(":")[0] for line in shown.splitlines() if line.startswith("trained@")]
    assert order == ["trained@0", "trained@2", "trained@0", "trained@2", "trained@4"]
    results = skillprobe.open(home)
    assert results.table("checkpoints")["step"].to_list() == [0, 2, 4]
    moved = results.table("parameter_stats", "trained", 4)["relative_norm"].drop_nulls()
    assert moved.max() > 0
