"""The command: its version, errors for the user on one line with status 1, bugs with their traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import skillprobe_core
from skillprobe_core.show.cli import main as module
from skillprobe_core.show.cli.main import app


def run(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from skillprobe_core.show.cli.main import main; main()", *arguments],
        env=os.environ | {"SKILLPROBE_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_error_of_the_user_has_status_1_and_no_traceback(tmp_path: Path) -> None:
    ended = run("compare", "base", "base", home=tmp_path)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("error: ")
    assert "\n  Remedy: " in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_usage_error_has_status_2(tmp_path: Path) -> None:
    ended = run("items", "show", "--level", "0", "column_sum", home=tmp_path)
    assert ended.returncode == 2
    assert "--level" in ended.stderr


def test_a_bug_is_shown_with_its_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(module, "app", fail)
    with pytest.raises(SystemExit) as ended:
        module.main()
    assert ended.value.code == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "ZeroDivisionError: a bug" in shown


def test_every_command_has_a_line_of_help() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    for command in app.registered_commands:
        assert command.callback is not None
        summary = (command.callback.__doc__ or "").split("\n\n")[0].split()
        assert " ".join(summary[:6]) in " ".join(shown.split())


@pytest.mark.parametrize("arguments", [["--version"], ["--version", "probe"]])
def test_the_version_is_shown_before_any_command(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (0, f"skillprobe {skillprobe_core.__version__}\n")


def test_help_names_the_version() -> None:
    assert "--version" in CliRunner().invoke(app, ["--help"]).stdout
