"""A change is asked for on a terminal, and needs `--yes` elsewhere."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from skillprobe_core.show.cli.confirmation import confirm

ROOT = Path(__file__).parents[3]
PROGRAM = """
import typer
from skillprobe_core.show.cli.confirmation import confirm
try:
    confirm(False, "rename a b")
except typer.Exit as ended:
    raise SystemExit(ended.exit_code)
print("went on")
"""


def test_yes_asks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    confirm(True, "rename a b")
    assert not capsys.readouterr().out


def test_without_a_terminal_the_command_to_run_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        confirm(False, "rename a b")
    assert ended.value.exit_code == 1
    assert capsys.readouterr().out == "nothing was changed. To do it: skillprobe rename a b --yes\n"


@pytest.mark.parametrize(
    ("typed", "status", "shown"), [("y\n", 0, "went on"), ("n\n", 1, "nothing was changed"), ("\n", 1, "nothing")]
)
def test_a_terminal_is_asked(typed: str, status: int, shown: str) -> None:
    keyboard, terminal = pty.openpty()
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdin=terminal, stdout=subprocess.PIPE, cwd=ROOT) as process:
        os.write(keyboard, typed.encode())
        out, _ = process.communicate(timeout=120)
    os.close(keyboard)
    os.close(terminal)
    assert process.returncode == status
    assert b"Continue?" in out
    assert shown in out.decode()
