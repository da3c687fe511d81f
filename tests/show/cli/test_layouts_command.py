"""`skillprobe layouts`: the list of all rules, and what a folder is recognised as; nothing is evaluated."""

import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from skillprobe_core.runs.layouts import LAYOUTS
from skillprobe_core.show.cli.main import app

SECTION = """
[[layouts]]
name = "own"
pattern = "ckpt_{step}"
complete = "file:DONE"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def layouts(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["layouts", *map(str, arguments)], catch_exceptions=False)


def test_all_layouts_are_listed_with_their_rules(home: Path) -> None:
    (home / "skillprobe.toml").write_text(SECTION)
    shown = layouts().stdout
    for layout in LAYOUTS:
        assert f"{layout.name}: {layout.looks_for}\n" in shown
        assert f"  complete when: {layout.complete}\n" in shown
    assert shown.startswith("own: ckpt_N/ (complete: file:DONE)\n")


def test_a_folder_is_described_and_nothing_is_written(home: Path, tiny_base: Path, tiny_run: Path) -> None:
    result = layouts(tiny_run.parent, "--base", tiny_base)
    assert result.exit_code == 0
    assert f"{tiny_run}: model tiny-sft\n  layout hf_trainer: 2 complete (steps 10, 20)" in result.stdout
    assert list(home.iterdir()) == []


def test_a_layout_of_the_settings_is_used(home: Path, tmp_path: Path, tiny_run: Path) -> None:
    (home / "skillprobe.toml").write_text(SECTION)
    folder = shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "exp" / "ckpt_7")
    assert "layout own: 0 complete, 1 being written (step 7)" in layouts(tmp_path / "exp").stdout
    (folder / "DONE").touch()
    assert "layout own: 1 complete (step 7)" in layouts(tmp_path / "exp").stdout


def test_the_exit_status_states_that_nothing_was_recognised(home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = layouts(tmp_path / "empty")
    assert (result.exit_code, "looked for" in result.stdout) == (1, True)
