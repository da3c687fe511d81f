"""The example plugins, used as their first lines say: one store, probed by the command line."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PLUGINS = ("own_kind.py", "own_measure.py", "own_layout.py")
PROGRAM = """
import json, sys
from pathlib import Path
import polars as pl
from typer.testing import CliRunner
from skillprobe_core.show.cli.main import app

def command(*words):
    done = CliRunner(env={"COLUMNS": "300"}).invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output

def rows(query):
    return pl.read_csv(command("sql", query, "--format", "csv").encode()).to_dicts()

print(json.dumps([
    command("items", "check", sys.argv[1], "--count", "30"),
    command("watch", "--once"),
    rows("SELECT DISTINCT model, step FROM checkpoints ORDER BY step"),
    rows("SELECT DISTINCT kind FROM items"),
    rows("SELECT bhattacharyya, tv FROM logit_divergence WHERE step = 500 AND text = 'reference'"),
    rows("SELECT max(largest_step) AS step, max(delta_max) AS most FROM parameter_stats WHERE step = 500"),
]))
"""


def test_the_examples_work_as_plugins(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    store, run = tmp_path / "store", tmp_path / "my-run"
    store.mkdir()
    for name in PLUGINS:
        assert f'plugins = ["{name}"]' in (EXAMPLES / name).read_text()
        shutil.copy(EXAMPLES / name, store)
    for step, number in ((10, "0000500"), (20, "0000900")):
        shutil.copytree(tiny_run / f"checkpoint-{step}", run / "weights" / number)
    (run / "progress.txt").write_text("500\n")
    weights = run / "weights" / "0000900" / "model.safetensors"  # still being written
    weights.write_bytes(weights.read_bytes()[:-9])
    (store / "skillprobe.toml").write_text(
        f"plugins = {json.dumps(PLUGINS)}\nsettle_seconds = 0\n"
        '[items]\nlevels = [1]\nper_level = 1\nkinds = ["rotated_letters"]\n[sampling]\nmax_new_tokens = 4\n'
        f'[compute]\ndevice = "cpu"\n[[runs]]\nfolder = "{run}"\nbase = "{tiny_base}"\nmethod = "sft"\n'
    )
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(store / "own_kind.py")],
        env={"PYTHONPATH": str(ROOT), "SKILLPROBE_HOME": str(store), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    checked, _, checkpoints, kinds, divergences, weights = json.loads(done.stdout.splitlines()[-1])
    assert "checks failed: 0" in checked, checked
    assert checkpoints == [{"model": "my-run", "step": 0}, {"model": "my-run", "step": 500}]
    assert kinds == [{"kind": "rotated_letters"}]
    assert all(row["bhattacharyya"] > 0 and row["tv"] > 0 for row in divergences)
    assert divergences
    assert weights[0]["step"] == pytest.approx(weights[0]["most"])
