"""The state of a store after a fault, and its comparison with an undisturbed one."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from skillprobe_core.engine.catalog import connect
from skillprobe_core.engine.part_files import row_count, rows
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.generations.chunk_log import answers_kept
from skillprobe_core.measurements.parameters.base_spectra_table import BASE_SPECTRA
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.project.project import Project
from skillprobe_core.project.store_faults import faults
from skillprobe_core.project.store_sizes import leftovers

from .small_run import evaluate


@dataclass(frozen=True, slots=True)
class Seen:
    """A store as readers see it. parts: digest of each table's files. answers: rows in logs of completions.
    faults: files that cannot be used, and views that cannot be read."""

    parts: dict[str, str]
    answers: int
    faults: tuple[str, ...]


def parts_of(home: Path) -> list[Path]:
    """Every file that is a part of a table, by path."""
    return sorted(path for table in all_tables() for path in (home / table.name).rglob("*.parquet")
                  if not path.name.startswith("."))  # fmt: skip


def seen(home: Path) -> Seen:
    """Look at a store with every reader: the check of all bytes, and SQL over every table."""
    store = Store(home)
    found = [f"{fault.path}: {fault.cause}" for fault in faults(store)]
    parts = parts_of(home)
    counts: Counter[str] = Counter()
    for path in parts:
        counts[path.relative_to(home).parts[0]] += row_count(path)
    tables = [table for table in all_tables() if table.name in counts]
    connection = connect(store, tables, None)
    for name, expected in counts.items():
        (counted,) = connection.sql(f"SELECT count(*) FROM all_protocols.{name}").fetchall()
        if counted[0] != expected:
            found.append(f"SQL counts {counted[0]} rows of {name}")
    digests = {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in parts}
    return Seen(digests, answers_kept(store.work()), tuple(found))


def content(home: Path) -> dict[str, pl.DataFrame]:
    """The rows of every part, without columns of times."""
    frames = {str(path.relative_to(home)): rows(path) for path in parts_of(home)}
    return {
        name: frame.select(each for each, dtype in frame.schema.items() if not isinstance(dtype, pl.Datetime))
        for name, frame in frames.items()
    }


def healed(
    home: Path, models: Path, undisturbed: Path, table: str | None = None, *, may_lose: bool = False
) -> list[str]:
    """Look at a store after a fault, complete its run, and compare it with the undisturbed one.

    Args:
        home: The store.
        models: Folder of the base and the run.
        undisturbed: The store of the run that nothing disturbed.
        table: The table that the run computes (default: all of them).
        may_lose: True if parts were set aside before, so that some may be missing.

    Returns:
        What is wrong, one line each.
    """
    before = seen(home)
    wrong = list(before.faults)
    evaluate(home, models, table)
    after = seen(home)
    wrong += after.faults
    for name, digest in before.parts.items():
        if after.parts.get(name) != digest and not may_lose:
            wrong.append(f"{name}: a committed part changed")
    if after.answers < before.answers:
        wrong.append(f"{before.answers - after.answers} logged answers are lost")
    wrong += [f"{each.path}: left over" for each in leftovers(Project.at(home))]
    # Spectra of a base are computed when a table needs them, and all tables that did are there.
    return wrong + different(home, undisturbed, may_lack=BASE_SPECTRA.name if may_lose else "")


def different(home: Path, undisturbed: Path, *, may_lack: str = "") -> list[str]:
    """Parts whose rows differ from those of the undisturbed store, or that only one of them has.

    may_lack: a table whose parts may be missing.
    """
    mine, expected = content(home), content(undisturbed)
    expected = {name: frame for name, frame in expected.items() if name in mine or Path(name).parts[0] != may_lack}
    wrong = [f"{name}: only one of the stores has it" for name in sorted(mine.keys() ^ expected.keys())]
    return wrong + [f"{name}: rows differ" for name in sorted(mine.keys() & expected.keys())
                    if not mine[name].equals(expected[name])]  # fmt: skip
