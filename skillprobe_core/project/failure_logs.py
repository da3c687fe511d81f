"""Tracebacks of failed evaluations in the store: written for a bug report, and outdated when the cause is gone."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.store_errors import writing
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.runs.checkpoint import Checkpoint

from .failed_attempts import solved_at

if TYPE_CHECKING:
    from .project import Project

_NAME = re.compile(r"(?P<model>.+)-(?P<step>\d+)-(?P<doing>.+)\.txt")
_FOLDER = "folder: "


def write_log(store: Store, checkpoint: Checkpoint, doing: str, error: BaseException) -> Path:
    """Write the checkpoint's folder and the error's traceback to the log of what was done; returns its path."""
    log = store.scratch("failures") / f"{checkpoint.model}-{checkpoint.step}-{doing}.txt"
    lines = [f"{_FOLDER}{json.dumps(str(checkpoint.path))}\n", *traceback.format_exception(error)]
    with writing(store.root), store.lock(f"failures-{log.stem}"):
        log.write_text("".join(lines), encoding="utf-8", errors="backslashreplace")
    return log


def outdated_logs(project: Project) -> Iterator[tuple[Path, Callable[[], bool]]]:
    """The logs of checkpoints that have since been evaluated or no longer exist.

    Args:
        project: Its store has the logs and rows, its runs the checkpoints.

    Yields:
        Each log, and a function that removes it unless it was written again; it returns True if the log is gone.
    """
    keys = cache(lambda: frozenset(project.keys()))
    for log in sorted(project.store.work("failures").glob("*.txt")):
        if _is_outdated(project.store, log, keys):
            yield log, lambda log=log: _removed(project.store, log, keys)  # type: ignore[misc]


def _removed(store: Store, log: Path, keys: Callable[[], frozenset[str]]) -> bool:
    with store.lock(f"failures-{log.stem}"):
        if _is_outdated(store, log, keys):
            log.unlink(missing_ok=True)
    return not log.exists()


def _is_outdated(store: Store, log: Path, keys: Callable[[], frozenset[str]]) -> bool:
    named = _NAME.fullmatch(log.name)
    try:
        written = log.stat().st_mtime
        folder = _folder(log)
    except OSError:
        return False
    if named is None:
        return False
    model, step, doing = named["model"], int(named["step"]), named["doing"]
    if max(_computed_at(store, model, step, doing), solved_at(store, f"{model}/{step}")) >= written:
        return True
    exists = folder is not None and folder.exists()
    return not (exists or f"{model}/{step}" in keys() or (folder is None and _computed_at(store, model, step, "")))


def _folder(log: Path) -> Path | None:
    """The checkpoint's folder; None in a log of an earlier version."""
    with log.open(encoding="utf-8", errors="replace") as file:
        first = file.readline().removesuffix("\n")
    return Path(json.loads(first.removeprefix(_FOLDER))) if first.startswith(_FOLDER) else None


def _computed_at(store: Store, model: str, step: int, doing: str) -> float:
    """When rows of the table with that name, or of any if there is none, were last stored for a checkpoint."""
    tables = all_tables()
    of_name = [table for table in tables if table.name == doing]
    folders = (store.root / table.name / f"model={model}" / f"step={step}" for table in of_name or tables)
    return max((part.stat().st_mtime for folder in folders for part in folder.glob("[!.]*.parquet")), default=0.0)
