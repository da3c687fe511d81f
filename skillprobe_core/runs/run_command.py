"""Runs a converter: a command of the settings, in a process group of its own, within a time and a size."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from skillprobe_core.errors import CheckpointError

_LOOK_SECONDS = 0.2
_LAST_LINES = 5
LOG = "converter.log"


def run_command(command: str, log: Path, *, seconds: float, exceeded: Callable[[], str | None]) -> None:
    """Run a command without a shell, until it ends or breaks a limit; then its whole process group is ended.

    Args:
        command: The command, quoted as for a shell.
        log: File for its output.
        seconds: The longest time that it may run.
        exceeded: Looks at the space that it uses, a few times per second, and gives the limit that it broke.

    Raises:
        CheckpointError: It cannot be started, fails, or breaks a limit.
    """
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                shlex.split(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise _error(command, f"it cannot be started: {error}") from error
        try:
            reason = _watched(process, seconds, exceeded)
        finally:
            _end(process)
    if reason is not None:
        raise _error(command, f"it was ended: {reason}")
    if process.returncode:
        ended = f"signal {-process.returncode}" if process.returncode < 0 else f"exit status {process.returncode}"
        raise _error(command, f"it failed with {ended}{_tail(log)}")


def _watched(process: subprocess.Popen[bytes], seconds: float, exceeded: Callable[[], str | None]) -> str | None:
    deadline = time.monotonic() + seconds
    while True:
        # It stays a zombie until its group was ended, so that no other process can have the number of that group.
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        if (reason := exceeded()) is not None or ended:
            return reason
        if time.monotonic() >= deadline:
            return f"it ran longer than {seconds:g} s (`convert_seconds`)"
        time.sleep(_LOOK_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End whatever the command started and left running."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-_LAST_LINES:]
    return "".join(f"\n{line[:300]}" for line in lines)


def _error(command: str, cause: str) -> CheckpointError:
    return CheckpointError(
        f"the converter did not write the model: {cause}",
        remedy="run the command by hand to see what it lacks, then correct `convert` or the limits under [scratch] in "
        f"skillprobe.toml: {command}",
    )
