"""Rows of an earlier version in the columns of this one."""

from __future__ import annotations

import polars as pl

from skillprobe_core.engine.store import Provenance, Store
from skillprobe_core.engine.up_to_date import provenance_with
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.divergence.representation_shift_table import REPRESENTATION_SHIFT
from skillprobe_core.measurements.divergence.token_divergence_table import TOKEN_DIVERGENCE
from skillprobe_core.measurements.generations.chunk_log import ChunkLog, log_version
from skillprobe_core.measurements.generations.earlier_generations import from_version_3
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.noise.noise_floor_table import NOISE_FLOOR

from .earlier_files import EarlierFile

# The version of each table before its rows had a protocol, or of `checkpoints` before it had a digest of the tensors.
_BEFORE = {
    CHECKPOINTS.name: 1,
    GENERATIONS.name: 3,
    LOGIT_DIVERGENCE.name: 3,
    NOISE_FLOOR.name: 1,
    REPRESENTATION_SHIFT.name: 2,
    TOKEN_DIVERGENCE.name: 1,
}
_GAINED = frozenset({"base_mass_outside", "checkpoint_mass_outside", "tokens_left_out"})
STALE = frozenset({LOGIT_DIVERGENCE.name, NOISE_FLOOR.name, TOKEN_DIVERGENCE.name})
"""Tables whose values are measured in another way now."""


def convertible(file: EarlierFile) -> bool:
    """True if the rows can be kept; those that are computed from completions alone are not."""
    return _BEFORE.get(file.table.name) == file.provenance.table_version


def converted(file: EarlierFile, store: Store, protocol: str | None) -> tuple[pl.DataFrame, Provenance]:
    """The rows of a convertible file and their provenance.

    Rows that this version would compute otherwise keep their earlier data version, which makes them stale: the next
    probe of their checkpoint computes them again.
    """
    table, before, rows = file.table, file.provenance, file.rows()
    if table.name == CHECKPOINTS.name:
        rows = rows.with_columns(tensors_digest=pl.lit(None, pl.String))
    if table.name == GENERATIONS.name:
        rows = from_version_3(rows, _logged(file, rows, store))
    if table.name in (LOGIT_DIVERGENCE.name, TOKEN_DIVERGENCE.name):
        gained = {name: dtype for name, dtype in table.polars_schema.items() if name in _GAINED}
        rows = rows.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in gained.items())
    if table.name in STALE | {CHECKPOINTS.name}:
        return rows, before
    return rows, provenance_with(table, before.inputs, protocol)


def _logged(file: EarlierFile, rows: pl.DataFrame, store: Store) -> pl.DataFrame:
    """The completions in the logs that these rows were made from, as far as the store still has them."""
    made_by = rows.select("backend", "sampling").unique().sort("backend", "sampling").iter_rows()
    logs = [log_version(file.provenance.inputs["checkpoint"], backend, sampling) for backend, sampling in made_by]
    root = store.scratch("generations")
    return pl.concat([ChunkLog(root, version).rows() for version in logs])
