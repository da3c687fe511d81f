"""Tables: a version and named, typed columns, each with its meaning."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from skillprobe_core.errors import StoreError


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its Polars type, its meaning and, for a quantity, its unit."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    meaning: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the store.

    Raise `version` when a column is added, removed or changes its meaning. `key` names the columns that identify a row.
    A partitioned table has one file per checkpoint, and its first columns are `model` and `step`.
    """

    name: str
    version: int
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    partitioned: bool = True

    @property
    def polars_schema(self) -> pl.Schema:
        """Names and types in file order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with exactly this table's columns, in order and cast to their types.

        Raises StoreError for a missing or unknown column, a value that does not fit its type, or a repeated key.
        """
        schema = self.polars_schema
        missing = [name for name in schema.names() if name not in frame.columns]
        unknown = [name for name in frame.columns if name not in schema]
        if missing or unknown:
            raise StoreError(
                f"table {self.name!r} version {self.version}: missing columns {missing}, unknown columns {unknown}",
                remedy="write exactly the columns of the table's schema",
            )
        try:
            frame = frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
        except pl.exceptions.PolarsError as error:
            raise StoreError(
                f"table {self.name!r}: a value does not fit its column's type: {error}",
                remedy="convert the frame's columns to the types of the table's schema before writing it",
            ) from error
        if frame.select(self.key).is_duplicated().any():
            raise StoreError(
                f"table {self.name!r}: several rows have the same key {self.key}", remedy="write one row per key"
            )
        return frame


CHECKPOINT_KEYS: tuple[Column, ...] = (
    Column("model", pl.String, "The training run: one base model trained with one method"),
    Column("step", pl.Int64, "Optimizer steps since the base; 0 is the base itself", "steps"),
)

ITEM_KEYS: tuple[Column, ...] = (
    Column("item_set", pl.String, "Digest of the item set that the item belongs to (first 16 hexadecimal digits)"),
    Column("item_id", pl.String, "Digest of everything that a verdict on the item depends on"),
)
