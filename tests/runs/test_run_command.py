"""Commands within limits: output, failures, time, space, and what they leave running."""

import os
import shlex
import sys
import time
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.run_command import run_command


def python(program: str) -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}"


def refused(command: str, log: Path, *, seconds: float = 60.0, exceeded: str | None = None) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        run_command(command, log, seconds=seconds, exceeded=lambda: exceeded)
    assert command in caught.value.remedy
    return caught.value


def test_a_command_runs_without_a_shell_and_its_output_is_kept(tmp_path: Path) -> None:
    run_command(f"echo $HOME 'a b' > {tmp_path / 'x'}", tmp_path / "log", seconds=60, exceeded=lambda: None)
    assert (tmp_path / "log").read_text() == f"$HOME a b > {tmp_path / 'x'}\n"
    assert not (tmp_path / "x").exists()


def test_a_missing_program_and_a_failure_are_named_with_the_last_lines(tmp_path: Path) -> None:
    assert "it cannot be started" in refused("/no/such/program a", tmp_path / "log").cause
    error = refused(python("print('line 1'); raise SystemExit('no such checkpoint')"), tmp_path / "log")
    assert "exit status 1" in error.cause
    assert error.cause.endswith("no such checkpoint")
    assert "signal 9" in refused(python("import os; os.kill(os.getpid(), 9)"), tmp_path / "log").cause


def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child"
    program = (
        "import pathlib, subprocess, sys, time; "
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        f"pathlib.Path({str(child)!r}).write_text(str(child.pid)); time.sleep(600)"
    )
    # The limit only counts once the child was started.
    started = time.monotonic()
    reasons = iter(lambda: "done" if child.exists() and child.read_text() else None, object())
    with pytest.raises(CheckpointError, match="it was ended: done"):
        run_command(python(program), tmp_path / "log", seconds=300, exceeded=lambda: next(reasons))
    assert time.monotonic() - started < 300
    number = int(child.read_text())
    for _ in range(200):
        state = Path(f"/proc/{number}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.05)
    else:
        os.kill(number, 9)
        pytest.fail("the child is still running")


def test_the_time_is_limited(tmp_path: Path) -> None:
    error = refused(python("import time; time.sleep(600)"), tmp_path / "log", seconds=0.5)
    assert "longer than 0.5 s (`convert_seconds`)" in error.cause


def test_a_limit_that_was_broken_at_the_end_counts(tmp_path: Path) -> None:
    assert "the disk is full" in refused("true", tmp_path / "log", exceeded="the disk is full").cause
