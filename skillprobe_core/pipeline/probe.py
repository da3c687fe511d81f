"""One checkpoint in hand: where it is, what it started from, and its settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.checkpoints.adapters import use_base
from skillprobe_core.checkpoints.checkpoint import Checkpoint
from skillprobe_core.checkpoints.identity import Identity, identity
from skillprobe_core.checkpoints.naming import run_folder
from skillprobe_core.engine.table import Table
from skillprobe_core.errors import CheckpointError
from skillprobe_core.items.examples import with_examples
from skillprobe_core.measurements.checkpoints import CHECKPOINTS
from skillprobe_core.measurements.number_types import NUMBER_TYPES
from skillprobe_core.number_types import NumberType
from skillprobe_core.store.parquet import Partition, Provenance, Store

from .items import load_items
from .number_types import faster_here, number_type
from .settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Probe:
    """A checkpoint and its base, with the settings they are probed by and the store that results go to.

    `previous` is the checkpoint before it in the same run, where that is still there. `run` is the run folder that a
    base is probed for; None for a base that is probed for itself.
    """

    checkpoint: Checkpoint
    base: Checkpoint
    settings: Settings
    store: Store
    previous: Checkpoint | None = None
    run: Path | None = None

    def __post_init__(self) -> None:
        for each in (self.checkpoint, self.previous):
            if each is not None and each.step > 0:
                use_base(each.path, self.base.path)

    @property
    def is_base(self) -> bool:
        """True if the checkpoint is step 0, the start of the model's training."""
        return self.checkpoint.step == 0

    def of_base(self) -> Probe:
        """The probe of this checkpoint's base."""
        run = self.run if self.is_base else run_folder(self.checkpoint.path)
        return replace(self, checkpoint=self.base, previous=None, run=run)

    @cached_property
    def identity(self) -> Identity:
        """Digests of the checkpoint's bytes."""
        return identity(self.checkpoint.path)

    @cached_property
    def base_identity(self) -> Identity:
        """Digests of the base's bytes."""
        return identity(self.base.path)

    @cached_property
    def previous_identity(self) -> Identity | None:
        """Digests of the previous checkpoint's bytes; None where there is none, or none that can be read."""
        try:
            return None if self.previous is None else identity(self.previous.path)
        except CheckpointError:
            return None  # its own probe says what is wrong with it

    @cached_property
    def items(self) -> pl.DataFrame:
        """The frozen item set that the settings name; built and stored when it is asked for the first time.

        With few-shot prompts its column `examples` holds what goes before each question.
        """
        items = load_items(self.settings.items, self.store)
        prompts = self.settings.prompts
        return with_examples(items, prompts.shots, prompts.seed) if prompts.shots else items

    @property
    def item_set(self) -> str:
        """Digest of that item set (first 16 hexadecimal digits)."""
        digest: str = self.items["item_set"][0]
        return digest

    @cached_property
    def number_type(self) -> NumberType:
        """The type in which the base and all its checkpoints are run, decided once and kept in the store."""
        return number_type(self.store, self.base.path, self._decided_for, self.settings.compute)

    def faster_here(self) -> str | None:
        """Say which type this machine would choose instead, and how to choose again; None where it is the same."""
        return faster_here(self.store, self.base.path, self._decided_for, self.settings.compute)

    @property
    def _decided_for(self) -> str:
        """Identity of the base: of the one that the store names for a checkpoint that is evaluated by itself."""
        digest = self.base_identity.digest
        if self.base == self.checkpoint and not self.is_base and self.store.provenance(CHECKPOINTS, self.partition):
            row = self.stored(CHECKPOINTS).row(0, named=True)
            part = Partition.base(row["base"], self.settings.compute.dtype)
            if row["digest"] == digest and self.store.provenance(NUMBER_TYPES, part):
                return str(row["base"])
        return digest

    @property
    def partition(self) -> Partition:
        """Where this checkpoint's rows are kept."""
        return Partition.checkpoint(self.checkpoint.model, self.checkpoint.step)

    def stored(self, table: Table) -> pl.DataFrame:
        """This checkpoint's rows of a table that an earlier stage wrote; raises StoreError when there are none."""
        return self.store.read(table, self.partition)

    def stored_version(self, table: Table) -> str:
        """Data version of those rows; raises StoreError when there are none."""
        return stored_provenance(self.store, table, self.partition).data_version

    def keys(self) -> Mapping[str, object]:
        """The key columns that every row of this checkpoint carries."""
        return {"model": self.checkpoint.model, "step": self.checkpoint.step}


def stored_provenance(store: Store, table: Table, partition: Partition) -> Provenance:
    """The provenance of a stored partition; raises StoreError when it is missing."""
    provenance = store.provenance(table, partition)
    if provenance is None:
        store.read(table, partition)  # raises the error that says how to make it
        raise AssertionError("unreachable: reading a missing partition raises")
    return provenance
