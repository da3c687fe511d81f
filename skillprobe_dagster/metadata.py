"""Metadata of a table for the UI: its columns, its first rows, and its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import dagster as dg
import polars as pl

from skillprobe_core.engine.presentation import Grid, Shown
from skillprobe_core.engine.store import Provenance
from skillprobe_core.engine.table import Table
from skillprobe_core.visible import visible, visible_markdown

Metadata: TypeAlias = dict[str, "dg.MetadataValue[Any] | dg.TableSchema | str | int | float | None"]

_PREVIEW_ROWS = 5
_LONGEST_TEXT = 120


def table_metadata(table: Table) -> Metadata:
    """Metadata of an asset's definition: the column schema with each column's meaning, and the key."""
    return {"dagster/column_schema": _schema(table), "key": ", ".join(table.key), "table_version": table.version}


def rows_metadata(table: Table, frame: pl.DataFrame) -> Metadata:
    """Metadata of one materialisation: the number of rows and the first rows."""
    records = [
        dg.TableRecord({name: _cell(value) for name, value in row.items()})
        for row in frame.head(_PREVIEW_ROWS).iter_rows(named=True)
    ]
    return {"dagster/row_count": frame.height, "preview": dg.MetadataValue.table(records, schema=_schema(table))}


def shown_metadata(shown: Shown) -> Metadata:
    """Metadata of a headline or of a check's details."""
    return {name: _value(value) for name, value in shown.items()}


def _value(value: str | int | float | bool | Path | Grid | None) -> dg.MetadataValue[Any] | str | int | float | None:
    if isinstance(value, Grid):
        return markdown_table(value.frame, value.formats)
    return dg.MetadataValue.path(value) if isinstance(value, Path) else value


def origin_metadata(provenance: Provenance, path: Path) -> Metadata:
    """Metadata of one materialisation: the digests of its inputs, and the file."""
    return {
        "computed_from": dg.MetadataValue.json(dict(provenance.inputs)),
        "code_version": provenance.code_version,
        "path": dg.MetadataValue.path(path),
    }


def markdown_table(frame: pl.DataFrame, formats: Mapping[str, str] | None = None) -> dg.MarkdownMetadataValue:
    """A small frame as a Markdown table; `formats` gives format specifications by column, for example `.2f`."""
    formats = formats or {}
    lines = ["| " + " | ".join(frame.columns) + " |", "|" + "---|" * frame.width]
    for row in frame.iter_rows(named=True):
        cells = ("" if value is None else format(value, formats.get(name, "")) for name, value in row.items())
        lines.append("| " + " | ".join(visible_markdown(cell) for cell in cells) + " |")
    return dg.MetadataValue.md("\n".join(lines))


def _schema(table: Table) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=str(column.dtype() if isinstance(column.dtype, type) else column.dtype),
                description=f"{column.meaning} [{column.unit}]" if column.unit else column.meaning,
                constraints=dg.TableColumnConstraints(nullable=column.name not in table.key),
            )
            for column in table.columns
        ],
        constraints=dg.TableConstraints(other=[f"unique ({', '.join(table.key)})"]),
    )


def _cell(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = visible(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
