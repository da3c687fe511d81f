"""The configured runs and the store: from a key `MODEL/STEP` to the checkpoint behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from skillprobe_core.benchmark.few_shot_examples import with_examples
from skillprobe_core.engine.store import UPGRADE, Store
from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.home import home
from skillprobe_core.machine.device_leases import DeviceLeases
from skillprobe_core.measurements.checkpoints.recognised_checkpoints import records_of
from skillprobe_core.measurements.leased_devices import leases_of
from skillprobe_core.measurements.number_types.number_type_choice import decided_for
from skillprobe_core.measurements.pilots.base_protocol import protocol_of_base
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.protocols.evaluation_protocol import (
    Protocol,
    Record,
    chosen_protocol,
    protocol_and_items,
)
from skillprobe_core.runs.checkpoint import Checkpoint, parse_key
from skillprobe_core.runs.discovery import Candidate, discover, previous_of
from skillprobe_core.runs.given_folder import local_folder
from skillprobe_core.runs.identity import identity
from skillprobe_core.runs.layouts import LAYOUTS, Layout
from skillprobe_core.runs.layouts.converted import with_converter
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.places import checkpoint_of
from skillprobe_core.runs.run_description import unreadable_error
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.runs.scratch import Scratch
from skillprobe_core.terminal import say

from .holdings import with_pins
from .settings import SETTINGS_FILE, Settings, settings_in, with_own
from .stored_models.store_change import unfinished


@dataclass(frozen=True)
class Project:
    """Settings with the store they write to; the one thing that the command line and Dagster open."""

    settings: Settings
    store: Store
    layouts: Sequence[Layout] = LAYOUTS

    def __post_init__(self) -> None:
        object.__setattr__(self, "layouts", with_own(self.settings, self.layouts))

    @classmethod
    def open(cls) -> Project:
        """The project of SKILLPROBE_HOME; raises SettingsError when its settings file is wrong.

        Names on standard error the command that a store of an earlier version, or an interrupted rename or removal of
        a model, needs.
        """
        project = cls.at(home())
        if project.store.written_before_protocols():
            say(UPGRADE, err=True)
        if (interrupted := unfinished(project.store)) is not None:
            say(f"warning: {interrupted}", err=True)
        return project

    @classmethod
    def at(cls, folder: Path) -> Project:
        """The project of the store in a folder, with the settings file there.

        Raises SettingsError when that file is wrong.
        """
        return cls(settings_in(folder), Store(folder))

    def protocol(self, wanted: str | None = None, models: Sequence[str] = ()) -> Record:
        """The protocol that commands show: that of the settings, if the store has it, else the store's first.

        wanted: the name of another one, or the first digits of its digest. models: those to show, if they are known;
        where each base has a protocol, it is that of their base. Raises StoreError with all protocols for an unknown
        one, and if there is none.
        """
        return chosen_protocol(self.store, self.settings, wanted, models)

    @cached_property
    def devices(self) -> DeviceLeases | None:
        """The leases of the devices that checkpoints share; None if the settings have no `devices`.

        Raises SettingsError if there are fewer devices than that.
        """
        return leases_of(self.store, self.settings.compute)

    @cached_property
    def _evaluation(self) -> tuple[Protocol, pl.DataFrame]:
        return protocol_and_items(self.settings, self.store)

    @property
    def evaluation(self) -> Protocol:
        """The protocol that checkpoints are evaluated under, decided once per store and settings and recorded there.

        Raises ItemError if the settings give each base its own (see `evaluation_of`).
        """
        return self._evaluation[0]

    @cached_property
    def items(self) -> pl.DataFrame:
        """The frozen item set of the protocol; built and stored when it is needed for the first time.

        With few-shot prompts its column `examples` holds what goes before each question.
        """
        return self._as_given(self._evaluation[1])

    def evaluation_of(self, probe: Probe) -> tuple[Protocol, pl.DataFrame]:
        """The protocol that a probe's checkpoint is evaluated under, and its items as `items` has them.

        It is `evaluation`, unless a pilot chooses the levels: then it is that of the probe's base, and the pilot runs
        where the store does not hold it yet.
        """
        if not self.settings.items.by_base:
            return self.evaluation, self.items
        base = decided_for(probe)
        if base not in self._of_bases:
            protocol, items = protocol_of_base(probe)
            self._of_bases[base] = protocol, self._as_given(items)
        return self._of_bases[base]

    @cached_property
    def _of_bases(self) -> dict[str, tuple[Protocol, pl.DataFrame]]:
        return {}

    def _as_given(self, items: pl.DataFrame) -> pl.DataFrame:
        prompts = self.settings.prompts
        return with_examples(items, prompts.shots, prompts.seed) if prompts.shots else items

    @property
    def scratch(self) -> Scratch:
        """The place for copies of weights, with the limits of everything that can be made again."""
        return self.settings.scratch.scratch(self.store.work())

    def digest_of(self, files: ModelFiles) -> str:
        """The first 16 hexadecimal digits of a checkpoint's identity, kept in the store once its bytes were read."""
        return identity(files, records_of(self.store)).digest[:16]

    def run_of(self, model: str) -> RunSettings:
        """The settings of a model's training run; raises SettingsError naming the models that there are."""
        for run in self.settings.runs:
            if run.model == model:
                return run
        known = ", ".join(run.model for run in self.settings.runs) or "none"
        raise SettingsError(
            f"no run is configured for model {model!r} (configured: {known}; folders searched: {self._folders()})",
            remedy="add a [[runs]] section with its `folder` and `base`, or correct the model's name",
            path=self.store.root / SETTINGS_FILE,
        )

    def candidates(self, run: RunSettings) -> list[Candidate]:
        """The checkpoints of a run by step, its base first: those in its folder now, and those that are pinned.

        Raises CheckpointError when the folder cannot be listed.
        """
        return self.usable(run, self.found(run))

    def found(self, run: RunSettings, near: int | None = None) -> list[Candidate]:
        """The checkpoints that are in a run's folder now, with `near` only those that `discover` then gives.

        Raises CheckpointError when the folder cannot be listed.
        """
        try:
            return discover(
                run.folder,
                model=run.model,
                method=run.method,
                settle_seconds=self.settings.settle_seconds,
                layouts=with_converter(self.layouts, run.convert),
                near=near,
            )
        except CheckpointError:
            if run.folder.exists() or not with_pins(self, run, ()):
                raise
            return []  # the folder was removed, and pins of its checkpoints are left

    def usable(self, run: RunSettings, found: Sequence[Candidate]) -> list[Candidate]:
        """Those checkpoints and the pinned ones, with their base and a place for copies of their weights."""
        base = self.base_of(run).files
        return [each.started_from(base).kept_in(self.scratch) for each in with_pins(self, run, found)]

    def base_of(self, run: RunSettings) -> Checkpoint:
        """A run's base as the model's step 0."""
        found = checkpoint_of(run.base, self.layouts)
        return Checkpoint(run.model, 0, found.files.kept_in(self.scratch), "base", found.run)

    def probe(self, key: str) -> Probe:
        """The checkpoint of a key `MODEL/STEP` or `MODEL@STEP`, found through the configured folders.

        Raises CheckpointError naming the folder searched when there is no such checkpoint or it is not complete.
        """
        model, step = parse_key(key)
        run = self.run_of(model)
        base = self.base_of(run)
        if step == 0:
            local_folder(run.base, "the base", self.layouts)
            return Probe(base, base, self, run=run.folder)
        near = self.usable(run, self.found(run, near=step))
        candidates = {candidate.checkpoint.step: candidate for candidate in near}
        if step not in candidates:
            steps = ", ".join(str(found.checkpoint.step) for found in self.candidates(run)) or "none"
            raise CheckpointError(
                f"no checkpoint of step {step} here (steps found: {steps})",
                remedy="correct the key, or the `folder` of this model in skillprobe.toml",
                path=run.folder,
            )
        local_folder(run.base, "the base", self.layouts)
        if (conversion := candidates[step].conversion) is not None:
            checkpoint = candidates[step].checkpoint
            raise unreadable_error(checkpoint.path, conversion, run.base, model, step, checkpoint.run_folder)
        previous = previous_of(step, candidates.values())
        return Probe(candidates[step].checkpoint, base, self, previous)

    def keys(self) -> Iterator[str]:
        """Every key that the configured folders answer to now; a run that cannot be read has none."""
        for run in self.settings.runs:
            try:
                keys = [self.base_of(run).key, *(candidate.checkpoint.key for candidate in self.candidates(run))]
            except Exception:  # whatever its files raise: watching it gives the reason
                continue
            yield from dict.fromkeys(keys)

    def _folders(self) -> str:
        return ", ".join(str(run.folder) for run in self.settings.runs) or "none"
