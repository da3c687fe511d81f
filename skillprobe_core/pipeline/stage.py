"""One stage: what a table is computed from, and the function that computes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from skillprobe_core.items.schema import digest_of
from skillprobe_core.store.parquet import Partition, Provenance
from skillprobe_core.store.schema import Table

from .probe import Probe


@dataclass(frozen=True, slots=True)
class Stage:
    """How one per-checkpoint table comes about.

    `inputs(probe)` names the digests that the rows depend on, reading as little as it can; `compute(probe)`
    returns the rows. `code_version` rises whenever the same inputs would give other rows. With `shared_base`, models
    tuned from one base share the rows of step 0: they are computed once and copied.
    """

    table: Table
    code_version: str
    inputs: Callable[[Probe], Mapping[str, str]]
    compute: Callable[[Probe], pl.DataFrame]
    shared_base: bool = False

    @property
    def name(self) -> str:
        """The table's name, which is the stage's."""
        return self.table.name

    def provenance(self, probe: Probe) -> Provenance:
        """What the stage's rows for this checkpoint would be computed from, as things are now."""
        inputs = dict(self.inputs(probe))
        version = digest_of(self.name, self.table.version, self.code_version, inputs)
        return Provenance(data_version=version, code_version=self.code_version, inputs=inputs)


@dataclass(frozen=True, slots=True)
class StageResult:
    """What became of one stage for one checkpoint: `reused` when what was stored is still true."""

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
        """Where the rows are kept."""
        return Partition.checkpoint(self.model, self.step)
