"""A store whose settings name the nine recipes' files as plugins, and what the product shows of them."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.project.settings import load_settings

from . import blocks

ROOT = Path(__file__).parents[3]
SETTINGS = """
plugins = {plugins}
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = {kinds}
sources = {sources}
per_source = 2
[sampling]
max_new_tokens = 4
[compute]
device = "cpu"
dtype = "float32"
backend = "{backend}"
[divergence]
tokens = true
[[runs]]
folder = "{run}"
base = "{base}"
method = "sft"
"""
COUNTRIES = {
    **{"Austria": "Vienna", "Belgium": "Brussels", "Chile": "Santiago", "Cuba": "Havana", "Egypt": "Cairo"},
    **{"France": "Paris", "Ghana": "Accra", "Greece": "Athens", "Iraq": "Baghdad", "Italy": "Rome", "Japan": "Tokyo"},
    **{"Kenya": "Nairobi", "Latvia": "Riga", "Norway": "Oslo", "Peru": "Lima", "Poland": "Warsaw", "Spain": "Madrid"},
}


def wheel_of_capitals(store: Path) -> str:
    """Put a package with questions where an earlier import of it would have left it; returns its digest."""
    lines = [json.dumps({"country": country, "capital": capital}) for country, capital in COUNTRIES.items()]
    file = store / "packages" / "capitals-1.0.whl"
    file.parent.mkdir(parents=True)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("capitals/questions.jsonl", "\n".join(lines))
    return hashlib.sha256(file.read_bytes()).hexdigest()


def run_python(*words: object, **variables: object) -> str:
    """The output of the interpreter in another process, with these environment variables; it has to succeed."""
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            **{name: str(value) for name, value in variables.items()},
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="package")
def old_store(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the tables of tiny-sft/10, computed without plugins."""
    store = tmp_path_factory.mktemp("old_store")
    places = {"kinds": '["column_sum"]', "sources": "[]", "run": tiny_run, "base": tiny_base, "backend": "transformers"}
    file = store / "skillprobe.toml"
    file.write_text(SETTINGS.format(plugins="[]", **places))
    run_tables(Project(load_settings(file), Store(store)).probe("tiny-sft/10"))
    return store


@pytest.fixture(scope="package")
def shown(tiny_base: Path, tiny_run: Path, old_store: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What commands, Dagster and Python show of a store with all nine plugins (see program.py)."""
    place = tmp_path_factory.mktemp("plugins")
    store, run = place / "store", place / "exp"
    digest = wheel_of_capitals(store)
    for step in (10, 20):
        shutil.copytree(tiny_run / f"checkpoint-{step}", run / f"step_{step}")
        (run / f"step_{step}" / "trainer_state.json").unlink()
    (run / "step_10" / "DONE").touch()
    weights = run / "step_20" / "model.safetensors"  # still being written
    weights.write_bytes(weights.read_bytes()[:-9])
    for recipe in blocks.RECIPES:
        (store / recipe.plugin).write_text(recipe.code.replace("0" * 64, digest))
    names = json.dumps([recipe.plugin for recipe in blocks.RECIPES])
    places = {"kinds": '["column_sum", "listed_sum"]', "sources": '["capitals"]', "run": run, "base": tiny_base}
    (store / "skillprobe.toml").write_text(SETTINGS.format(plugins=names, backend="generate", **places))
    # The old store's settings name the same files, so that its process has each extension once.
    text = (old_store / "skillprobe.toml").read_text()
    files = json.dumps([str(store / recipe.plugin) for recipe in (blocks.DIVERGENCE, blocks.PARAMETER)])
    (old_store / "skillprobe.toml").write_text(text.replace("plugins = []", f"plugins = {files}"))
    program = Path(__file__).with_name("program.py")
    output = run_python(program, old_store, SKILLPROBE_HOME=store)
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found
