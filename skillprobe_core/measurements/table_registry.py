"""Every table of the store, in order of need: those of the files `NAME_table.py` below this folder, and of plugins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import get_args

from skillprobe_core.engine.table import Group, Pool, Table
from skillprobe_core.errors import SettingsError, StoreError
from skillprobe_core.plugins import extensions

_GROUPS = (*get_args(Group), None)
_POOLS = (None, *get_args(Pool))


@cache
def _declared(folder: Path, package: str) -> list[Table]:
    """The tables that the files `NAME_table.py` below a folder declare, each file the one of its name."""
    found: dict[str, Table] = {}
    for file in sorted(folder.rglob("*_table.py")):
        module = import_module(".".join([package, *file.relative_to(folder).with_suffix("").parts]))
        for value in vars(module).values():
            if isinstance(value, Table) and value.name == file.stem.removesuffix("_table"):
                found[value.name] = value
    return list(found.values())


_ALL = extensions(
    "table", Table, lambda: _declared(Path(__file__).parent, __package__ or ""), names=lambda table: (table.name,)
)


def all_tables() -> tuple[Table, ...]:
    """All tables, sorted by what they need, then by group, pool and name.

    Raises SettingsError if two have one name, or a measure of a plugin is named like another column of its table.
    """
    tables = in_order(_ALL)
    for table in tables:
        repeated = [name for name, number in Counter(column.name for column in table.columns).items() if number > 1]
        if repeated:
            raise SettingsError(
                f"table {table.name!r} would have two columns {repeated[0]!r}",
                remedy="rename the plugin's measure of this name, or remove the plugin",
            )
    return tables


def tables_of_checkpoints() -> tuple[Table, ...]:
    """The tables that a probe of a checkpoint computes."""
    return tuple(table for table in all_tables() if table.partitioned and not table.on_request)


def study_tables() -> tuple[Table, ...]:
    """Summaries of all checkpoints, computed together by a study."""
    return tuple(table for table in all_tables() if table.group == "study")


def table_named(name: str) -> Table:
    """The table of that name; raises StoreError with the valid names for any other."""
    for table in all_tables():
        if table.name == name:
            return table
    raise StoreError(f"unknown table {name!r}", remedy=f"use one of {', '.join(t.name for t in all_tables())}")


def in_order(tables: Iterable[Table]) -> tuple[Table, ...]:
    """Tables, each after the ones that it needs; otherwise by group, late ones last, pool and name.

    Of the pools, models come before weights.
    """
    waiting = sorted(
        tables, key=lambda each: (_GROUPS.index(each.group), each.late, _POOLS.index(each.pool), each.name)
    )
    ordered: list[Table] = []
    while waiting:
        done = {table.name for table in ordered}
        ready = next(
            (table for table in waiting if all(need.table is None or need.table.name in done for need in table.needs)),
            None,
        )
        if ready is None:
            raise TypeError(f"tables need each other in a circle: {', '.join(table.name for table in waiting)}")
        waiting.remove(ready)
        ordered.append(ready)
    return tuple(ordered)
