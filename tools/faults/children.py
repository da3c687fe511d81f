"""Functions in processes of their own, which may be killed; this process only forks, and computes nothing."""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skillprobe_core.errors import SkillprobeError

_CHANGING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_PATHS = {"os.rename": 2, "os.remove": 1, "os.mkdir": 1, "os.truncate": 1, "os.rmdir": 1}
"""Events of the interpreter that change files, and the number of paths that they name first."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a child. value: the result of its function. refused: the message of a SkillprobeError. fault: any
    other exception, or a signal that nobody sent. killed: it was killed as planned."""

    value: Any = None
    refused: str = ""
    fault: str = ""
    killed: bool = False

    @property
    def ok(self) -> bool:
        """True if the function returned."""
        return not (self.refused or self.fault or self.killed)


class Acts:
    """Counts the acts of this process that change files below a folder, and kills it before one of them."""

    def __init__(self, folder: Path, kill_at: int | None = None) -> None:
        self.folder, self.kill_at, self.count = str(folder), kill_at, 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Handle an audit event."""
        if event == "open":
            path, mode, flags = arguments
            changing = isinstance(flags, int) and flags & _CHANGING and (mode is None or set(str(mode)) & set("wxa+"))
            paths = [path] if changing else []
        else:
            paths = list(arguments[: _PATHS.get(event, 0)])
        if any(isinstance(path, str | os.PathLike) and str(path).startswith(self.folder) for path in paths):
            self.count += 1
            if self.count == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)


def run(function: Callable[..., Any], *arguments: Any, kill_after: float | None = None) -> Ended:  # noqa: ANN401
    """Call a function in a child.

    Args:
        function: It is called there.
        arguments: For the function.
        kill_after: Seconds after which the child is killed if it has not ended (default: never).

    Returns:
        How it ended.
    """
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reads)
            with open(writes, "wb") as pipe:
                pickle.dump(_called(function, arguments), pipe)
        finally:
            os._exit(0)
    os.close(writes)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    with open(reads, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if said:
        with suppress(pickle.UnpicklingError, EOFError):
            ended: Ended = pickle.loads(said)
            return ended
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return Ended(killed=True) if number == signal.SIGKILL else Ended(fault=f"signal {number}, status {status}")


def _called(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Ended:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    try:
        return Ended(value=function(*arguments))
    except SkillprobeError as error:
        return Ended(refused=str(error))
    except BaseException:
        return Ended(fault=traceback.format_exc())


def preload(modules: Iterable[str]) -> None:
    """Import modules that a child was seen to use, so that each child starts with them."""
    for name in sorted(modules):
        with suppress(Exception):
            importlib.import_module(name)


def counted(function: Callable[..., Any], home: Path, *arguments: Any) -> tuple[int, float, list[str]]:  # noqa: ANN401
    """Call a function with a store's folder, and return its number of acts, its seconds and the loaded modules."""
    acts = Acts(home)
    sys.addaudithook(acts)
    started = time.monotonic()
    function(home, *arguments)
    return acts.count, time.monotonic() - started, sorted(sys.modules)


def killed_at(act: int, function: Callable[..., Any], home: Path, *arguments: Any) -> None:  # noqa: ANN401
    """Call a function with a store's folder, and kill this process before its n-th act there."""
    sys.addaudithook(Acts(home, act))
    function(home, *arguments)
