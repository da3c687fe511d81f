"""One checkpoint in hand: where it is, what it started from, and its settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.checkpoints.checkpoint import Checkpoint
from skillprobe_core.checkpoints.identity import Identity, contents, identity
from skillprobe_core.checkpoints.identity_records import IdentityRecords
from skillprobe_core.errors import CheckpointError
from skillprobe_core.items.examples import with_examples
from skillprobe_core.number_types import NumberType
from skillprobe_core.store.parquet import Partition, Provenance, Store
from skillprobe_core.store.schema import Table
from skillprobe_core.store.tables.checkpoints import CHECKPOINTS
from skillprobe_core.store.tables.number_types import NUMBER_TYPES

from .items import load_items
from .number_types import faster_here, number_type
from .recognised import recognised, records_of
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

    @property
    def is_base(self) -> bool:
        """True if the checkpoint is step 0, the start of the model's training."""
        return self.checkpoint.step == 0

    def of_base(self) -> Probe:
        """The probe of this checkpoint's base."""
        run = self.run if self.is_base else self.checkpoint.run_folder
        return replace(self, checkpoint=self.base, previous=None, run=run)

    @cached_property
    def identity(self) -> Identity:
        """Digests of the checkpoint's bytes, or of an earlier form of the same weights (see `recognised`)."""
        return self._identity_of(self.checkpoint)

    @cached_property
    def base_identity(self) -> Identity:
        """Digests of the base's bytes."""
        return self._identity_of(self.base)

    @cached_property
    def previous_identity(self) -> Identity | None:
        """Digests of the previous checkpoint's bytes; None where there is none, or none that can be read."""
        try:
            return None if self.previous is None else self._identity_of(self.previous)
        except CheckpointError:
            return None  # its own probe says what is wrong with it

    @property
    def records(self) -> IdentityRecords:
        """The store's records of checkpoints that were read on this machine."""
        return records_of(self.store)

    @cached_property
    def tensors_digest(self) -> str:
        """Digest of the checkpoint's tensors, which does not depend on their files."""
        return contents(self.checkpoint.files, self.records).tensors_digest

    def _identity_of(self, checkpoint: Checkpoint) -> Identity:
        records, step = self.records, checkpoint.step
        recognise = partial(recognised, self.store, records, Partition.checkpoint(checkpoint.model, step))
        return identity(checkpoint.files, records, recognise)

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
        return number_type(self.store, self.base.files, self._decided_for, self.settings.compute)

    def faster_here(self) -> str | None:
        """Say which type this machine would choose instead, and how to choose again; None where it is the same."""
        return faster_here(self.store, self.base.files, self._decided_for, self.settings.compute)

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
