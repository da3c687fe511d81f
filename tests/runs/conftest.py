"""A run with one checkpoint of the Hugging Face Trainer, and an empty one for a writer."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def run(tiny_run, tmp_path):
    shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "run" / "checkpoint-10")
    return tmp_path / "run"


@pytest.fixture
def source(tiny_run: Path) -> Path:
    return tiny_run / "checkpoint-10"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "runs" / "exp").mkdir(parents=True)
    return tmp_path / "runs" / "exp"
