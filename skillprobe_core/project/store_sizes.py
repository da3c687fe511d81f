"""The space that a store takes, by class, and what of it can be freed."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.store_errors import writing
from skillprobe_core.machine.file_locks import is_free, removed_if_free
from skillprobe_core.machine.unfinished_files import is_unfinished
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.runs.pins import Pin, Pins
from skillprobe_core.runs.scratch_entries import LOGS_FOLDER, STATES_FOLDER, Entry, entries, remove_entry, size_of

from .failure_logs import outdated_logs
from .project import Project
from .stored_models.store_change import decided

TABLES, PINS, SET_ASIDE, BEFORE_UPGRADE = "tables", "pins of checkpoints", "set aside", "kept by `skillprobe upgrade`"
LEFT = "left by killed processes"
FAILURES = "logs of failures"
_FORMER = re.compile(r"\..+\.\d+(\.\d+)?")
"""Names of folders that are being removed, and of unfinished files of earlier versions, which hold no lock."""
_RECORDS = ("names", "renamed", "identities", "sql", "change", "own_states")
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Freeable:
    """Something that can be freed: `free` does it, and returns True if it is gone."""

    kind: str
    path: Path
    size: int
    free: Callable[[], bool]


def sizes(project: Project) -> dict[str, int]:
    """Bytes in the store by class: tables, everything that can be made again, and what commands set aside."""
    store, scratch = project.store, project.scratch
    found = {TABLES: sum(size_of(store.root / table.name) for table in all_tables())}
    for each in entries(scratch.copies, scratch.work):
        found[each.kind] = found.get(each.kind, 0) + each.size
    found[PINS] = scratch.held_by_pins()
    found[SET_ASIDE] = size_of(store.work("set_aside"))
    found[BEFORE_UPGRADE] = size_of(store.work("before_upgrade"))
    found[LEFT] = sum(each.size for each in leftovers(project))
    found[FAILURES] = size_of(store.work("failures"))
    return found


def freeable(project: Project, unused_days: float = 0.0) -> list[Freeable]:
    """List what can be freed without loss: what killed processes left, and what can be made again.

    Args:
        project: The project with its store and its scratch folder.
        unused_days: Of what can be made again, only what was not used for so many days.

    Returns:
        Everything that no process uses and nothing waits for: answers of an interrupted run, checkpoints that were not
        evaluated, and logs of failures whose checkpoints still fail are not among it.
    """
    scratch, before = project.scratch, time.time() - unused_days * _DAY
    found = list(leftovers(project))
    found += [
        _entry(each)
        for each in entries(scratch.copies, scratch.work)
        if each.finished and each.used <= before and (each.lock is None or is_free(each.lock))
    ]
    logs = ((log, gone, log.stat()) for log, gone in outdated_logs(project))
    found += [Freeable(FAILURES, log, at.st_size, gone) for log, gone, at in logs if at.st_mtime <= before]
    pins = Pins(scratch)
    return found + [_pin(pins, pin) for pin in pins.all() if pin.finished and not pin.released and not unused_days]


def leftovers(project: Project) -> Iterator[Freeable]:
    """Everything that killed processes left: unfinished files, locks, hidden states of a checkpoint, half-made copies.

    Whatever a process uses is locked and not among them. Unfinished files of earlier versions have no lock: they count
    when they are a day old.
    """
    store, scratch = project.store, project.scratch
    for path in _hidden(store, scratch.copies):
        if is_unfinished(path.name) or path.name.endswith(".lock"):
            if is_free(path):
                yield _file(path)
        elif _FORMER.fullmatch(path.name) and path.is_dir():
            yield _folder(path)
        elif _FORMER.fullmatch(path.name) and _age(path) > _DAY:
            yield _file(path)
        elif path.name.endswith(".work") and is_free(path.with_name(f"{path.name.removesuffix('.work')}.lock")):
            yield _folder(path)
    places = [*store.work("locks").glob("*.lock"), *store.work("own_states").glob("[!.]*")]
    yield from (_file(path) for path in places if is_free(path))
    if decided(store) is None and is_free(store.work("locks") / "change.lock"):
        places = [store.work("change", "new"), store.work("change", "old")]
        yield from (_folder(path) for path in places if path.exists())


def free(store: Store, found: Iterable[Freeable]) -> int:
    """Free what was listed, unless it is in use now; returns the freed bytes. Raises StoreError if that fails."""
    freed = 0
    with writing(store.root):
        for each in found:
            with suppress(FileNotFoundError):
                freed += each.size if each.free() else 0
    return freed


def _hidden(store: Store, copies: Path) -> Iterator[Path]:
    """Hidden files of the settings, tables and work in progress, and hidden folders of copies and logs."""
    yield from store.root.glob(".*.tmp")
    for folder in [store.root / table.name for table in all_tables()]:
        yield from folder.rglob(".*")
    for place in (*_RECORDS, STATES_FOLDER, LOGS_FOLDER, f"{LOGS_FOLDER}/*", "attempts/*"):
        yield from store.work().glob(f"{place}/.*")
    yield from copies.glob(".*")


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _file(path: Path) -> Freeable:
    return Freeable(LEFT, path, path.stat().st_size if path.exists() else 0, lambda: removed_if_free(path))


def _folder(path: Path) -> Freeable:
    def gone() -> bool:
        shutil.rmtree(path, ignore_errors=True)
        return not path.exists()

    return Freeable(LEFT, path, size_of(path), gone)


def _pin(pins: Pins, pin: Pin) -> Freeable:
    def gone() -> bool:
        pins.release(pin)
        return True

    return Freeable(PINS, pin.folder, pin.held(), gone)


def _entry(entry: Entry) -> Freeable:
    return Freeable(entry.kind, entry.path, entry.size, lambda: remove_entry(entry))
