"""A store with a settings file and a run folder that a test may change."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

SETTINGS = """
settle_seconds = 0.5

[items]
levels = [1]
per_level = 1

[sampling]
max_new_tokens = 4

[compute]
device = "cpu"

[[runs]]
model = "tiny"
folder = "{run}"
base = "{base}"
method = "sft"
"""


@dataclass(frozen=True)
class Place:
    """Where the store, the base and the run folder of one test lie, and where checkpoints to copy from are."""

    home: Path
    base: Path
    run: Path
    source: Path

    def arrive(self, step: int) -> Path:
        """Copy a checkpoint into the run folder, its marker last, as a trainer would have written it."""
        source, target = self.source / f"checkpoint-{step}", self.run / f"checkpoint-{step}"
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("trainer_state.json"), dirs_exist_ok=True)
        (target / "trainer_state.json").write_bytes((source / "trainer_state.json").read_bytes())
        return target


@pytest.fixture
def place(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> Place:
    """A project with an empty run folder named `tiny`."""
    found = Place(home=tmp_path / "home", base=tmp_path / "base", run=tmp_path / "run", source=tiny_run)
    shutil.copytree(tiny_base, found.base)
    found.run.mkdir()
    found.home.mkdir()
    (found.home / "skillprobe.toml").write_text(SETTINGS.format(run=found.run, base=found.base))
    return found
