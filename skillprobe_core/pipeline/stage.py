"""A stage: the inputs of a table, and the function that computes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from skillprobe_core.engine.table import Table
from skillprobe_core.items.schema import digest_of
from skillprobe_core.store.parquet import Partition, Provenance

from .probe import Probe


@dataclass(frozen=True, slots=True)
class Stage:
    """The computation of one per-checkpoint table.

    `inputs(probe)` names the digests that the rows depend on, reading as little as possible; `compute(probe)`
    returns the rows. Raise `code_version` whenever the same inputs would give other rows. With `shared_base`, models
    trained from one base share the rows of step 0: they are computed once and copied.
    """

    table: Table
    code_version: str
    inputs: Callable[[Probe], Mapping[str, str]]
    compute: Callable[[Probe], pl.DataFrame]
    shared_base: bool = False

    @property
    def name(self) -> str:
        """The stage's name, which is its table's."""
        return self.table.name

    def provenance(self, probe: Probe) -> Provenance:
        """The provenance that the stage's rows for this checkpoint would have if they were computed now."""
        inputs = dict(self.inputs(probe))
        version = digest_of(self.name, self.table.version, self.code_version, inputs)
        return Provenance(data_version=version, code_version=self.code_version, inputs=inputs)


@dataclass(frozen=True, slots=True)
class StageResult:
    """Result of one stage for one checkpoint; `reused` if the stored rows were up to date."""

    stage: str
    model: str
    step: int
    rows: int
    reused: bool
    provenance: Provenance
    path: Path
    seconds: float

    @property
    def partition(self) -> Partition:
        """The partition that holds the rows."""
        return Partition.checkpoint(self.model, self.step)
