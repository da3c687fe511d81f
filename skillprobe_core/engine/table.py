"""Tables: everything that is stored, each declared once with its columns, inputs, computation and presentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import polars as pl

from skillprobe_core.errors import StoreError

from .presentation import Check, Figure, Headline

if TYPE_CHECKING:
    from .store import Partition

Group = Literal["benchmark", "checkpoints", "skills", "mechanisms", "study"]
"""Group of a table's asset, also the order in which tables are listed and computed."""

Pool = Literal["device", "weights"]
"""A resource that only one computation uses at a time."""

Frames: TypeAlias = "pl.DataFrame | Iterable[pl.DataFrame]"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its Polars type, its meaning and, for a quantity, its unit.

    A column must have a value in at least one row of every file, unless `may_be_null` states when it has none.

    formerly: the name that the column had in the previous release. Files and queries that use it still work, and the
    table's version stays, so a changed name alone makes nothing stale. Remove it in the release after the next.
    """

    name: str
    dtype: pl.DataType | type[pl.DataType]
    meaning: str
    unit: str = ""
    may_be_null: str = ""
    formerly: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """One input of a table.

    versions: digests of the input by name, for the subject that the table is computed for; it reads as little as
    possible. table: the table whose rows are read, if the input is a table. asset: the asset that stands for the input
    in Dagster (default: the table's); None for a setting. of_code: it is a property of the running code, such as the
    set of measures, and `versions` ignores the subject.
    """

    name: str
    versions: Callable[[Any], Mapping[str, str]]
    table: Table | None = None
    asset: str | None = None
    of_code: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the store.

    Raise `version` when a column is added, removed or changes its meaning, not for another name alone (see `Column`).
    Raise `code_version` when the same inputs give other rows. `key` names the columns that identify a row. A
    partitioned table has one file per checkpoint, and its first columns are `model` and `step`. `columns` is a live
    sequence where measures of plugins add some.

    about: one row of it, in one sentence, which also describes the SQL view. more: what else to know, for Dagster.
    needs: its inputs; the data version is a digest of them.
    compute: the rows of a subject (a probe, a project or a study; see `place`). Frames are written one by one.
    place: the partition of a subject's rows (default: `subject.partition(table)`).
    named_by: for tables whose partitions are named by their content: the partition of computed rows. A stored one is
    found by its inputs.
    enabled: False for a subject whose settings leave the table out; `on_request` tables are computed by a command only.
    late: no result of a checkpoint waits for its rows: they are computed after its other tables, and after those of the
    checkpoints that wait.
    shared_base: models trained from one base share the rows of step 0, which are computed once and copied.
    decision: rows are kept once they are there, whatever changes: later results depend on them.
    headline, figure, checks: how its rows are shown and judged.
    group, pool, kinds: of its asset. asset: name of the asset, if it stands for several tables; empty without one.
    readable_since: the earliest version whose rows still hold; columns that they lack are null (default: `version`).
    versioned_by: the input that is the asset's data version, if it is not the digest of all inputs.
    """

    name: str
    version: int
    about: str
    key: tuple[str, ...]
    columns: Sequence[Column]
    partitioned: bool = True
    more: str = ""
    needs: tuple[Need, ...] = ()
    compute: Callable[[Any], Frames] | None = None
    code_version: str = "1"
    place: Callable[[Any], Partition] | None = None
    named_by: Callable[[pl.DataFrame], Partition] | None = None
    enabled: Callable[[Any], bool] = lambda _: True
    on_request: bool = False
    late: bool = False
    shared_base: bool = False
    decision: bool = False
    headline: Headline | None = None
    figure: Figure | None = None
    checks: tuple[Check, ...] = ()
    group: Group | None = None
    pool: Pool | None = None
    kinds: tuple[str, ...] = ("polars", "parquet")
    asset: str | None = None
    versioned_by: str | None = None
    readable_since: int | None = None

    @property
    def asset_name(self) -> str:
        """Name of the Dagster asset that materialises the table; empty without one."""
        return self.name if self.asset is None else self.asset

    @property
    def by_protocol(self) -> bool:
        """True if the rows depend on the items and how they are given, so that each protocol has rows of its own."""
        return PROTOCOL in self.columns

    def reads(self, version: int | None) -> bool:
        """True if rows of this version of the table can be read."""
        since = self.version if self.readable_since is None else self.readable_since
        return version is not None and since <= version <= self.version

    @property
    def of_code(self) -> dict[str, str | None]:
        """Inputs that the running code gives, whatever the subject; None for one that its rows do not name."""
        return {need.name: need.versions(None).get(need.name) for need in self.needs if need.of_code}

    def same_code(self, inputs: Mapping[str, str]) -> bool:
        """True if stored rows of these inputs have the columns that the running code gives the table."""
        return all(inputs.get(name) == version for name, version in self.of_code.items())

    @property
    def polars_schema(self) -> pl.Schema:
        """Names and types in file order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @property
    def computed_schema(self) -> pl.Schema:
        """Names and types of the columns that a computation gives: all but `protocol`, which the store adds."""
        return pl.Schema({name: dtype for name, dtype in self.polars_schema.items() if name != PROTOCOL.name})

    @property
    def always_filled(self) -> frozenset[str]:
        """Names of the columns that may not be null in every row of a file."""
        return frozenset(column.name for column in self.columns if not column.may_be_null)

    def with_present_names(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with each column that has its former name under the present one."""
        there = set(frame.columns)
        return frame.rename(
            {
                column.formerly: column.name
                for column in self.columns
                if column.formerly in there and column.name not in there
            }
        )

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with exactly this table's columns, in order and cast to their types.

        The column `protocol` may be missing: computations do not know it, and the store adds it when it writes the rows
        of a protocol. Raises StoreError for any other missing column, an unknown column, a value that does not fit its
        type, or a repeated key.
        """
        bare = self.by_protocol and PROTOCOL.name not in frame.columns
        schema = self.computed_schema if bare else self.polars_schema
        missing = [name for name in schema if name not in frame.columns]
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
        if frame.select(name for name in self.key if name in schema).is_duplicated().any():
            raise StoreError(
                f"table {self.name!r}: several rows have the same key {self.key}", remedy="write one row per key"
            )
        return frame


CHECKPOINT_KEYS: tuple[Column, ...] = (
    Column("model", pl.String, "The training run: one base model trained with one method"),
    Column("step", pl.Int64, "Optimizer steps since the base; 0 is the base itself", "steps"),
)

PROTOCOL = Column(
    "protocol", pl.String, "Digest of what was evaluated and how (first 16 hexadecimal digits; see `protocols`)"
)
"""The key column of every table whose rows depend on the items or on how they are given."""

PROTOCOL_KEYS: tuple[Column, ...] = (*CHECKPOINT_KEYS, PROTOCOL)

ITEM_KEYS: tuple[Column, ...] = (
    Column("item_set", pl.String, "Digest of the item set that the item belongs to (first 16 hexadecimal digits)"),
    Column("item_id", pl.String, "Digest of everything that a verdict on the item depends on"),
)
