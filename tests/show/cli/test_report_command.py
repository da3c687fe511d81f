"""`skillprobe report`: one file, of the models and to the place that are given."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.show.cli.main import app


def run(*arguments: str) -> str:
    return CliRunner().invoke(app, ["report", *arguments], catch_exceptions=False).stdout


@pytest.fixture(autouse=True)
def folder(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKILLPROBE_HOME", str(study.root))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_is_written_to_the_working_directory_and_says_so(folder: Path) -> None:
    shown = run("planted-rl")
    (page,) = folder.iterdir()
    assert page.name == "skillprobe-report.html"
    assert f"report written to {page.name}" in shown or str(page) in shown
    assert "planted-sft" not in page.read_text()


def test_it_is_written_to_the_file_that_is_named(folder: Path) -> None:
    run("--out", str(folder / "mine.html"), "--target", "calculation/math")
    assert "calculation/math" in (folder / "mine.html").read_text()


def test_an_unknown_model_leaves_no_file(folder: Path) -> None:
    with pytest.raises(StoreError, match="no model named 'nun'"):
        run("nun")
    assert list(folder.iterdir()) == []
