"""One checkpoint in hand: where it is, what it started from, and the project that it is probed for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.engine.table import Table
from skillprobe_core.engine.up_to_date import provenance_of
from skillprobe_core.errors import CheckpointError, StoreError
from skillprobe_core.machine.fast_number_types import NumberType
from skillprobe_core.measurements.checkpoints.recognised_checkpoints import recognised, records_of
from skillprobe_core.measurements.giving_way import GivingWay
from skillprobe_core.measurements.needs import CHECKPOINT
from skillprobe_core.measurements.number_types.number_type_choice import faster_here, number_type
from skillprobe_core.measurements.prompt_formats.prompt_format_choice import Choice, choose
from skillprobe_core.measurements.protocols.evaluation_protocol import Protocol
from skillprobe_core.models.compute_devices import default_device
from skillprobe_core.models.prompts import TEMPLATE_RULES
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.identity import Identity, contents, identity, identity_by_bytes
from skillprobe_core.runs.identity_records import IdentityRecords
from skillprobe_core.runs.seal import DisturbedError, Seal

if TYPE_CHECKING:
    from skillprobe_core.models.backend import SamplingSettings
    from skillprobe_core.models.prompt_format import PromptFormat
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.settings import Settings


@dataclass(frozen=True)
class Probe:
    """A checkpoint and its base, and the project that gives settings, item set and store.

    `previous` is the checkpoint before it in the same run, where that is still there. `run` is the run folder that a
    base is probed for; None for a base that is probed for itself. `gives_way` stops long computations for more urgent
    work.
    """

    checkpoint: Checkpoint
    base: Checkpoint
    project: Project
    previous: Checkpoint | None = None
    run: Path | None = None
    gives_way: GivingWay | None = None

    def giving_way(self, table: Table) -> Callable[..., Iterator[Any]] | None:
        """A function that computes a table's rows job by job and stops for more urgent work; None if it must not."""
        if self.gives_way is None:
            return None
        return partial(self.gives_way.go_on, f"{table.name} {provenance_of(table, self).data_version}")

    @property
    def settings(self) -> Settings:
        """The settings that the checkpoint is probed by."""
        return self.project.settings

    @property
    def store(self) -> Store:
        """The store that results go to."""
        return self.project.store

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices that this process holds now; empty if it holds none of those in `devices` under [compute]."""
        leases = self.project.devices
        return () if leases is None else leases.in_use

    @property
    def device(self) -> str:
        """The device of the current computation: the first one held, else the one that the settings name."""
        return next(iter(self.devices), default_device(self.settings.compute))

    @property
    def is_base(self) -> bool:
        """True if the checkpoint is step 0, the start of the model's training."""
        return self.checkpoint.step == 0

    @cached_property
    def of_base(self) -> Probe:
        """The probe of this checkpoint's base."""
        run = self.run if self.is_base else self.checkpoint.run_folder
        return replace(self, checkpoint=self.base, previous=None, run=run)

    @property
    def identity(self) -> Identity:
        """Digests of the checkpoint's bytes, or of an earlier form of the same weights (see `recognised`)."""
        return self.seal.identity

    @property
    def base_identity(self) -> Identity:
        """Digests of the base's bytes."""
        return self.base_seal.identity

    @property
    def previous_identity(self) -> Identity | None:
        """Digests of the previous checkpoint's bytes; None where there is none, or none that can be read."""
        return None if self._previous_seal is None else self._previous_seal.identity

    @cached_property
    def seal(self) -> Seal:
        """The checkpoint's identity and the state of its files when it was found."""
        return self._seal_of(self.checkpoint)

    @cached_property
    def base_seal(self) -> Seal:
        """The same of the base."""
        return self._seal_of(self.base)

    @cached_property
    def _previous_seal(self) -> Seal | None:
        try:
            return None if self.previous is None else self._seal_of(self.previous)
        except CheckpointError:
            return None  # its own probe says what is wrong with it

    def confirm(self, table: Table, *, in_use: bool) -> None:
        """Raise SkillprobeError unless the models are still those whose identities are inputs of a table's rows.

        Args:
            table: The table.
            in_use: True if rows were computed since the last call.

        Raises:
            DisturbedError: A new probe has to compute the rows: see `Seal.check`, or the previous checkpoint is gone.
            CheckpointError: See `Seal.check`.
            StoreError: The table runs models, and stored rows that it needs are of another version of them.
        """
        if table.pool is None and not any(need.name in ("checkpoint", "base") for need in table.needs):
            return  # it is computed from stored rows alone
        if table.pool is not None and not in_use:
            self._confirm_rows(table)
        # Identities that nothing has asked for are not inputs of the rows.
        sealed: dict[str, Seal | None] = self.__dict__
        models = [seal for seal in (sealed.get("seal"), sealed.get("base_seal")) if seal is not None]
        for seal in models:
            seal.check_files(in_use=in_use)
        previous = sealed.get("_previous_seal")
        if previous is not None and any(need.asset == "previous" for need in table.needs):
            try:
                previous.check(in_use=in_use)
            except CheckpointError as error:
                # Trainers delete it: the rows are then computed without it, by a probe that does not find it.
                raise DisturbedError(error.cause, remedy=error.remedy, path=error.path) from error
        for seal in models:
            seal.check_pages()  # last, since a changed file is the cause that names it

    def _confirm_rows(self, table: Table) -> None:
        """Raise StoreError if stored rows that a table continues are those of another version of a model."""
        for need in table.needs:
            if need.table is None or not need.table.partitioned:
                continue
            side = self.of_base if need.name.startswith("base_") else self
            for source in _of_models(need.table):
                stored = self.store.provenance(source, side.partition(source))
                try:
                    digest = side.identity.digest
                except CheckpointError:
                    continue  # files that cannot be read: a computation that needs them says so
                if stored is not None and stored.inputs["checkpoint"] != digest:
                    raise StoreError(
                        f"the stored rows of {source.name!r} are of an earlier version of {side.checkpoint.key}, "
                        f"{stored.inputs['checkpoint'][:12]}; its files are {digest[:12]} now",
                        remedy=f"compute {source.name!r} again first: skillprobe probe {self.checkpoint.key}",
                        path=side.checkpoint.path,
                    )

    @property
    def protocol(self) -> Protocol:
        """The protocol that the checkpoint is evaluated under (see `Project.evaluation_of`)."""
        return self.project.evaluation_of(self)[0]

    @property
    def records(self) -> IdentityRecords:
        """The store's records of checkpoints that were read on this machine."""
        return records_of(self.store)

    @cached_property
    def tensors_digest(self) -> str:
        """Digest of the checkpoint's tensors, which does not depend on their files."""
        return contents(self.checkpoint.files, self.records).tensors_digest

    def _seal_of(self, checkpoint: Checkpoint) -> Seal:
        recognise = partial(recognised, self.store, self.records, checkpoint.model, checkpoint.step)
        trusting = partial(identity, records=self.records, recognise=recognise)
        return Seal(checkpoint.files, trusting, partial(identity_by_bytes, records=self.records, recognise=recognise))

    @cached_property
    def number_type(self) -> NumberType:
        """The type in which the base and all its checkpoints are run, decided once and kept in the store."""
        return number_type(self)

    @property
    def prompt_rule(self) -> tuple[str, str]:
        """The protocol's settings of prompts and its rule of templates.

        They do not depend on the items, so a pilot has them before it has chosen any.
        """
        settings = self.settings
        if settings.items.by_base:
            return settings.prompts.canonical(), TEMPLATE_RULES[settings.prompts.template]
        return self.protocol.prompts, self.protocol.template_rule

    @cached_property
    def choice(self) -> Choice:
        """The format of prompts and the sampling of the base and all its checkpoints (see `prompt_formats`)."""
        return choose(self)

    @property
    def prompt_format(self) -> PromptFormat:
        """The format in which items are given to the checkpoint."""
        return self.choice.form

    @property
    def sampling(self) -> SamplingSettings:
        """The sampling settings, with those of the generation config in place of a preset."""
        return self.choice.sampling

    def faster_here(self) -> str | None:
        """Say which type this machine would choose instead, and how to choose again; None where it is the same."""
        return faster_here(self)

    @property
    def items(self) -> pl.DataFrame:
        """The frozen item set of the protocol (see `Project.items`)."""
        return self.project.evaluation_of(self)[1]

    @property
    def item_set(self) -> str:
        """Digest of that item set (first 16 hexadecimal digits)."""
        return self.protocol.item_set

    def partition(self, table: Table) -> Partition:
        """The place of this checkpoint's rows of a table, under the probe's protocol where the table has one."""
        protocol = self.protocol.digest if table.by_protocol else None
        return Partition.checkpoint(self.checkpoint.model, self.checkpoint.step, protocol)

    def stored(self, table: Table) -> pl.DataFrame:
        """This checkpoint's stored rows of a table; raises StoreError when there are none."""
        return self.store.read(table, self.partition(table))

    def stored_version(self, table: Table) -> str:
        """Data version of those rows; raises StoreError when there are none."""
        return stored_provenance(self.store, table, self.partition(table)).data_version


def _of_models(table: Table) -> Iterator[Table]:
    """The tables that a table's rows of one checkpoint go back to and that name the checkpoint's identity as input."""
    if any(need is CHECKPOINT for need in table.needs):
        yield table
    for need in table.needs:
        if need.table is not None and need.table.partitioned and not need.name.startswith("base_"):
            yield from _of_models(need.table)


def stored_provenance(store: Store, table: Table, partition: Partition) -> Provenance:
    """The provenance of a stored partition; raises StoreError when it is missing."""
    provenance = store.provenance(table, partition)
    if provenance is None:
        raise store.missing(table, partition)
    return provenance
