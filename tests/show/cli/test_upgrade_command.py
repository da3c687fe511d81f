"""`skillprobe upgrade`: what it kept, computed again and moved, in words."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skillprobe_core.show.cli.main import app

BEFORE = Path(__file__).parents[2] / "data" / "store_before_protocols"


def run() -> str:
    return CliRunner().invoke(app, ["upgrade"], catch_exceptions=False).stdout


def test_a_store_of_an_earlier_version_is_upgraded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(shutil.copytree(BEFORE, tmp_path / "store"))
    monkeypatch.setenv("SKILLPROBE_HOME", str(home))
    shown = run()
    assert "3 checkpoints: verdicts, scores and tests of change computed again" in shown
    assert "completions kept" in shown
    assert "under [sampling]:\n  stop = []\n" in shown
    assert "studies deleted: run `skillprobe study`" in shown
    assert run() == f"nothing to upgrade: no file in {home} is from an earlier version\n"


def test_a_store_without_results_has_nothing_to_upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    assert run().startswith("nothing to upgrade")
