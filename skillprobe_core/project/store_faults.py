"""Files of a store that cannot be used, and their removal from its way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from skillprobe_core.engine.part_checks import Fault, faults_of
from skillprobe_core.engine.store import Store
from skillprobe_core.engine.store_errors import writing
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.generations.chunk_log import check_chunk
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.runs.scratch_entries import LOGS_FOLDER, STATES_FOLDER
from skillprobe_core.runs.weight_lengths import all_written

_RECORDS = ("names", "renamed")


def faults(store: Store) -> Iterator[Fault]:
    """Find every file of the store that is damaged, foreign, of a later version or in the wrong place.

    All bytes of the tables are read. Files with checksums, which those of earlier versions lack, are compared with
    them.

    Args:
        store: The store; nothing in it is changed.

    Yields:
        The faults of tables, then of logs of completions, hidden states and records.
    """
    for table in all_tables():
        yield from faults_of(table, store.root / table.name)
    yield from _checked(store.work(LOGS_FOLDER).glob("*/[!.]*"), check_chunk)
    yield from _checked(store.work(STATES_FOLDER).glob("[!.]*"), _check_states)
    for name in _RECORDS:
        yield from _checked(store.work(name).glob("[!.]*"), _check_record)


def set_aside(store: Store, found: Sequence[Fault]) -> Path:
    """Move faulty files to a folder of their own in the store, under the paths that they had; nothing is deleted.

    Args:
        store: The store.
        found: The faults.

    Returns:
        The folder.

    Raises:
        StoreError: A file cannot be moved.
    """
    folder = store.scratch("set_aside", f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    with writing(store.root):
        for fault in found:
            target = folder / fault.path.relative_to(store.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            fault.path.rename(target)
    return folder


def _checked(files: Iterator[Path], check: Callable[[Path], None]) -> Iterator[Fault]:
    for file in sorted(files):
        try:
            check(file)
        except FileNotFoundError:
            continue  # merged or removed by another process since it was listed
        except PermissionError:
            yield Fault(file, "cannot be read: permission denied", movable=False)
        except StoreError as error:
            yield Fault(file, error.cause)


def _check_states(file: Path) -> None:
    with file.open("rb"):
        pass  # raises the error of a file that is gone or that this user may not read
    if not all_written(file):
        raise StoreError("not complete hidden states", remedy="set it aside", path=file)


def _check_record(file: Path) -> None:
    try:
        if isinstance(json.loads(file.read_bytes()), dict):
            return
    except (FileNotFoundError, PermissionError):
        raise
    except (OSError, RecursionError, ValueError) as error:
        raise StoreError(f"not a complete record ({error})", remedy="set it aside", path=file) from error
    raise StoreError("not a record of this store", remedy="set it aside", path=file)
