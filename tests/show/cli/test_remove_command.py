"""`skillprobe remove` on the planted study."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.project.project import Project
from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.pins import HIDDEN, Pins
from skillprobe_core.show.cli.main import app


@pytest.fixture
def store(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    root = shutil.copytree(study.root, tmp_path / "home")
    monkeypatch.setenv("SKILLPROBE_HOME", str(root))
    return Store(root)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["remove", *arguments], catch_exceptions=False)


@pytest.mark.parametrize("key", ["planted-sft@200", "planted-sft/200"])
def test_a_step_is_removed_after_a_yes(key: str, store: Store) -> None:
    asked = run(key)
    assert asked.exit_code == 1
    assert "steps 200" in asked.stdout
    assert "To do it: skillprobe remove planted-sft@200 --yes" in asked.stdout
    assert store.steps(VERDICTS, "planted-sft") == [0, 100, 200, 300]
    done = run(key, "--yes")
    assert "forget_partitions planted-sft 200" in done.stdout
    assert store.steps(VERDICTS, "planted-sft") == [0, 100, 300]


def test_a_model_is_removed(store: Store) -> None:
    assert run("planted-sft", "--yes").exit_code == 0
    assert store.models(VERDICTS) == ["planted-rl"]


def test_a_wrong_key_is_refused(store: Store) -> None:
    with pytest.raises(CheckpointError, match="not a checkpoint key"):
        run("planted-sft@x")
    assert store.models(VERDICTS) == ["planted-rl", "planted-sft"]


def test_pins_of_the_model_are_listed_and_released(store: Store, tiny_run: Path, tmp_path: Path) -> None:
    run_folder = Path(shutil.copytree(tiny_run, tmp_path / "runs" / "exp"))
    pins = Pins(Project.at(store.root).scratch)
    for candidate in discover(run_folder, "planted-sft", "sft", settle_seconds=0):
        assert pins.pin(candidate, copy=False) is None
    assert "also released: 2 pinned checkpoints" in run("planted-sft").stdout
    assert len(pins.of_model("planted-sft")) == 2
    run("planted-sft", "--yes")
    assert pins.of_model("planted-sft") == []
    assert not (run_folder.parent / HIDDEN).exists()
