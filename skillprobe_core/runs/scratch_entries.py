"""Scratch that can be made again: copies of weights, hidden states, logs of completions."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.machine.file_locks import locked

FINISHED = "finished"
"""A file in the folder of a copy: no table needs it now, so that it may make room for another one."""

COPIES, STATES, LOGS = "copies of weights", "hidden states", "logs of completions"
STATES_FOLDER, LOGS_FOLDER = "base_states", "generations"
PASSING_FOLDER = "own_states"
"""Hidden states that exist only while two models are compared: they count, and cannot make room."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder of scratch that can be made again.

    kind: its class, for people. size: bytes. used: when it was last used, in seconds of the epoch.
    finished: nothing waits for it. lock: the file of the lock that its users share; None if its removal harms nobody.
    """

    kind: str
    path: Path
    size: int
    used: float
    finished: bool
    lock: Path | None = None


def entries(copies: Path, work: Path | None) -> Iterator[Entry]:
    """Everything in the folder of copies and in a store's folder for work in progress; it may vanish at any time."""
    for place in copies.glob("[!.]*"):
        with suppress(FileNotFoundError):
            yield Entry(COPIES, place, size_of(place), place.stat().st_mtime, (place / FINISHED).exists())
    if work is not None:
        yield from _states(work / STATES_FOLDER)
        yield from _logs(work / LOGS_FOLDER, work / "locks")


def held_size(copies: Path, work: Path | None) -> int:
    """Bytes of all that `entries` lists and of what is being written there."""
    if work is None:
        return size_of(copies)
    return sum(map(size_of, (copies, *(work / name for name in (STATES_FOLDER, PASSING_FOLDER, LOGS_FOLDER)))))


def remove_entry(entry: Entry) -> bool:
    """Remove an entry unless it is in use; returns True if it is gone."""
    if entry.lock is None:
        if entry.path.is_dir():
            remove(entry.path)
        else:
            entry.path.unlink(missing_ok=True)
        return True
    entry.lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with locked(entry.lock, wait=False):
            remove(entry.path)
    except BlockingIOError:
        return False
    return True


def log_lock(version: str) -> str:
    """The name of the lock that users of a log of completions share."""
    return f"log-{version}"


def size_of(folder: Path, *, alone: bool = False) -> int:
    """Bytes of all files in a folder and below, with `alone` of those with no other name; 0 if there is no folder."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                state = os.lstat(os.path.join(place, name))
                total += state.st_size if state.st_nlink == 1 or not alone else 0
            except FileNotFoundError:
                continue  # a file that a converter has just removed
    return total


def remove(folder: Path) -> None:
    """Remove a folder, whether or not it is still there; it is first renamed, so that nobody takes a part of it."""
    gone = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        folder.rename(gone)
    except FileNotFoundError:
        return
    shutil.rmtree(gone, ignore_errors=True)


def _states(folder: Path) -> Iterator[Entry]:
    """Files of states; a base's output layer is older than none of its states, so that it goes last."""
    for file in folder.glob("[!.]*.safetensors"):
        with suppress(FileNotFoundError):
            state = file.stat()
            yield Entry(STATES, file, state.st_size, state.st_mtime, finished=True)


def _logs(folder: Path, locks: Path) -> Iterator[Entry]:
    """Logs; chunks are merged into one file when all completions are there, so several belong to an interrupted run."""
    for log in folder.glob("[!.]*"):
        with suppress(FileNotFoundError, NotADirectoryError):
            chunks = sum(not name.startswith(".") for name in os.listdir(log))
            lock = locks / f"{log_lock(log.name)}.lock"
            yield Entry(LOGS, log, size_of(log), log.stat().st_mtime, chunks <= 1, lock)
