"""`skillprobe rename` on the planted study."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.project.stored_models.store_change import Change, decide, staging
from skillprobe_core.show.cli.main import app


@pytest.fixture
def store(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    root = shutil.copytree(study.root, tmp_path / "home")
    monkeypatch.setenv("SKILLPROBE_HOME", str(root))
    return Store(root)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["rename", *arguments], catch_exceptions=False)


def test_it_lists_and_changes_nothing_before_a_yes(store: Store) -> None:
    asked = run("planted-sft", "careful")
    assert asked.exit_code == 1
    words = asked.stdout.split()
    assert words[words.index("verdicts") + 1] == "4"
    assert "steps 0, 100, 200, 300" in asked.stdout
    assert "planted" in asked.stdout
    assert "To do it: skillprobe rename planted-sft careful --yes" in asked.stdout
    assert store.models(VERDICTS) == ["planted-rl", "planted-sft"]


def test_it_renames_and_says_what_is_left_to_do(store: Store) -> None:
    done = run("planted-sft", "careful", "--yes")
    assert done.exit_code == 0
    assert "--model careful" in done.stdout
    assert "python -m skillprobe_dagster.forget_partitions planted-sft" in done.stdout
    assert store.models(VERDICTS) == ["careful", "planted-rl"]
    with pytest.raises(StoreError, match="no model named 'planted-sft'"):
        run("planted-sft", "careful", "--yes")


def test_an_interrupted_rename_is_completed_without_asking_again(store: Store) -> None:
    staging(store)
    decide(store, Change("rename a b", ("a", "b"), ()))
    with pytest.raises(StoreError, match="`skillprobe rename a b` was interrupted"):
        run("planted-sft", "careful", "--yes")
    assert "renamed a to b" in run("a", "b").stdout
    assert run("planted-sft", "careful", "--yes").exit_code == 0
