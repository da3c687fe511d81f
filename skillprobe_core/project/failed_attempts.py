"""Failed evaluations, counted per version in the store, so that every watcher of the store retries within one limit."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.store_errors import writing
from skillprobe_core.machine.unfinished_files import replace_text
from skillprobe_core.runs.checkpoint import parse_key

KILLED = "the process that evaluated it was killed, for example for lack of memory"
_RUNNING = ".running"
_BEGINNING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class FailedAttempts:
    """The failed evaluations of one version of a checkpoint since it was last evaluated without a failure.

    attempts: a name of each, such as a run's id. at: when the last one ended, in seconds of the epoch. cause: of the
    last one. solved: when the checkpoint was last evaluated without a failure, or its failures were dismissed.
    """

    version: str
    attempts: tuple[str, ...]
    at: float
    cause: str
    solved: float = 0.0

    @property
    def count(self) -> int:
        """Number of failed attempts."""
        return len(self.attempts)


def note_failure(store: Store, key: str, version: str, attempt: str, cause: str, at: float | None = None) -> None:
    """Count a failed evaluation, unless it was counted before or the checkpoint was evaluated after it.

    Args:
        store: The store.
        key: `MODEL/STEP`.
        version: The version that was requested.
        attempt: A name of this evaluation.
        cause: Why it failed, in one line.
        at: When it ended, in seconds of the epoch (default: now).
    """
    file, ended = _file(store, key), time.time() if at is None else at
    with store.lock(f"attempts-{file.parent.name}-{file.stem}"):
        before = _read(file)
        solved = 0.0 if before is None else before.solved
        if before is not None and (attempt in before.attempts or ended <= solved):
            return
        if before is not None and before.version != version and ended < before.at:
            return  # of a version that was replaced since
        earlier = before.attempts if before is not None and before.version == version else ()
        _write(store, file, FailedAttempts(version, (*earlier, attempt), ended, cause, solved))


def note_success(store: Store, key: str, at: float | None = None) -> None:
    """Forget the failures of a checkpoint that ended before `at` (seconds of the epoch; default: now)."""
    file, ended = _file(store, key), time.time() if at is None else at
    if not file.exists():
        return
    with store.lock(f"attempts-{file.parent.name}-{file.stem}"):
        before = _read(file)
        if before is not None and before.attempts and ended >= before.at:
            _write(store, file, replace(before, attempts=(), solved=max(ended, before.solved)))


@contextmanager
def attempt(store: Store, key: str, version: str) -> Iterator[str]:
    """Keep a note of an evaluation while it runs, by which a process that is killed in it is counted.

    Args:
        store: The store.
        key: `MODEL/STEP`.
        version: The version that is evaluated.

    Yields:
        A name of the attempt, for `note_failure`.
    """
    name = f"{os.getpid()}-{time.time_ns()}"
    note = _file(store, key).with_suffix(f".{name}{_RUNNING}")
    with writing(store.root):
        note.parent.mkdir(parents=True, exist_ok=True)
        file = note.open("x", encoding="utf-8")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released when the process ends, however it does
        with writing(store.root):
            json.dump({"version": version, "attempt": name}, file)
            file.flush()
        try:
            yield name
        finally:
            note.unlink(missing_ok=True)


def count_killed(store: Store) -> None:
    """Count each evaluation whose process was killed as a failed one."""
    for note in sorted(store.work("attempts").glob(f"*/*{_RUNNING}")):
        with suppress(FileNotFoundError, BlockingIOError), note.open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            began, at = _json(file.read()), note.stat().st_mtime
            if began is None and time.time() - at < _BEGINNING_SECONDS:
                continue  # its process may be about to write it
            if began is not None:
                key = f"{note.parent.name}/{note.name.partition('.')[0]}"
                note_failure(store, key, began["version"], began["attempt"], KILLED, at)
            note.unlink(missing_ok=True)


def _json(text: str) -> dict[str, str] | None:
    """Version and attempt of a note; None if its process was killed before it had written them."""
    try:
        values = json.loads(text)
        return {name: str(values[name]) for name in ("version", "attempt")}
    except (KeyError, TypeError, ValueError):
        return None


def failures_in(store: Store) -> Mapping[str, FailedAttempts]:
    """The checkpoints of the store that failed and were not evaluated since, by `MODEL/STEP`."""
    return dict(_all(store))


def solved_at(store: Store, key: str) -> float:
    """When a checkpoint was last evaluated after a failure, or its failures were dismissed; 0 if it never was."""
    found = _read(_file(store, key))
    return 0.0 if found is None else found.solved


def attempts_of(store: Store, model: str, step: int | None = None) -> Path:
    """The folder with the failures of a model, or the file of one of its steps; neither need exist."""
    folder = store.work("attempts") / model
    return folder if step is None else folder / f"{step}.json"


def _all(store: Store) -> Iterator[tuple[str, FailedAttempts]]:
    for file in sorted(store.work("attempts").glob("*/*.json")):
        found = _read(file)
        if found is not None and found.attempts:
            yield f"{file.parent.name}/{file.stem}", found


def _file(store: Store, key: str) -> Path:
    return attempts_of(store, *parse_key(key))


def _read(file: Path) -> FailedAttempts | None:
    """The counted failures; None if there are none, or none that can be read."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        numbers = float(values["at"]), float(values["solved"])
        attempts = tuple(map(str, values["attempts"]))
        return FailedAttempts(str(values["version"]), attempts, numbers[0], str(values["cause"]), numbers[1])
    except (OSError, KeyError, TypeError, ValueError):
        return None


def _write(store: Store, file: Path, content: FailedAttempts) -> None:
    with writing(store.root):
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_text(file, json.dumps(asdict(content)))
