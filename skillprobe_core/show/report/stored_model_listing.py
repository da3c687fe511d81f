"""The listing of what a rename or removal of a stored model touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.protocols.evaluation_protocol import records
from skillprobe_core.project.stored_models.stored_model import StoredModel, size_of
from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .terminal_tables import print_table


def print_stored_model(store: Store, found: StoredModel) -> None:
    """Print a model's steps and protocols, and its files, rows and bytes by table with a total."""
    say(f"model {found.model} in {visible(store.root)}: steps {', '.join(map(str, found.steps)) or 'none'}")
    names = {each.protocol: each.name for each in records(store)}
    for protocol in found.protocols:
        say(f"  protocol {protocol}: {visible(names.get(protocol, 'not recorded'))}")
    rows = [(table.name, len(table.files), table.rows, table.bytes) for table in found.tables]
    files, counted, size = (sum(column) for column in list(zip(*rows, strict=True))[1:]) if rows else (0, 0, 0)
    rows.append(("total", files, counted, size))
    print_table(pl.DataFrame(rows, schema=["table", "files", "rows", "bytes"], orient="row"))


def print_files(title: str, groups: Mapping[str, Sequence[Path]]) -> None:
    """Print the number and size of files by the thing that they are; nothing if there are none."""
    there = {name: paths for name, paths in groups.items() if paths}
    if there:
        say(title)
    for name, paths in there.items():
        say(f"  {name}: {len(paths)} ({size_of(paths):,} bytes)")
