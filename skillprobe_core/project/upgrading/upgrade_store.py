"""Upgrade of a store: rows of an earlier version in the files, columns and versions of this one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.up_to_date import bring_up_to_date
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.noise.noise_floor_table import NOISE_FLOOR
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.protocols.evaluation_protocol import (
    Record,
    name_of,
    protocol_on,
    record,
    recorded_protocols,
    records,
    settings_digest,
)
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.prompts import EARLIER_RULE
from skillprobe_core.progress import progress
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint

from .conversion import STALE, converted, convertible
from .earlier_files import EarlierFile, of_checkpoints, of_studies
from .past_protocols import Past, PastProject, past_settings

_COMPUTED = (VERDICTS, SKILL_SCORES, PROFILE_TESTS)
_Place = tuple[str, int]


@dataclass
class Upgraded:
    """The result of an upgrade.

    protocols: those that the earlier results belong to, the first one first.
    checkpoints: number of checkpoints with completions. completions: number of these; with_ids: those with token ids.
    rows: files whose rows were kept, by table. studies: files of studies, which were deleted.
    aside: files whose rows this version cannot use, at their new place.
    """

    protocols: tuple[Record, ...] = ()
    checkpoints: int = 0
    completions: int = 0
    with_ids: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    studies: int = 0
    aside: list[Path] = field(default_factory=list)

    @property
    def measured(self) -> int:
        """Number of files of divergences and noise floors, which the next probe of their checkpoint measures again."""
        return sum(count for name, count in self.rows.items() if name in STALE)

    @property
    def nothing(self) -> bool:
        """True if the store had no file of an earlier version."""
        return not (self.checkpoints or self.rows or self.studies or self.aside)


def upgrade(settings: Settings, store: Store) -> Upgraded:
    """Bring every file of an earlier version to this one; no checkpoint is read.

    Completions and what was measured on models are kept. Verdicts, scores and tests of change are computed again from
    the completions, under the protocol that these name; studies are deleted. Earlier files are deleted once all new
    ones are complete, so an interrupted upgrade is simply run again.

    Raises SkillprobeErrors for damaged files.
    """
    with store.lock("upgrade"):
        files, studies = of_checkpoints(store), of_studies(store)
        if not files and not studies:
            return Upgraded()
        past = _PastProtocols(settings, store, [file for file in files if file.table.name == GENERATIONS.name])
        found = Upgraded(studies=len(studies))
        done = {file.path for file in files if _keep(store, file, past, found)}
        _compute(store, past)
        done |= {file.path for file in files if file.table in _COMPUTED and past.at(file) is not None}
        found.checkpoints = len(past.places)
        found.protocols = tuple(each for each in records(store) if each.protocol in past.digests)
        for path in studies:
            path.unlink()
            with suppress(OSError):
                path.parent.rmdir()
        # Completions go last: the others are found by them, and the store asks for an upgrade until they are gone.
        for file in sorted(files, key=lambda file: file.table.name == GENERATIONS.name):
            if file.path not in done:
                found.aside.append(_put_aside(store, file.path))
            elif file.table.by_protocol:
                file.path.unlink()
    return found


def sampling_to_continue(settings: Settings, store: Store, protocols: Sequence[Record]) -> dict[str, object]:
    """The values under [sampling] with which the settings go on under the last of these protocols.

    Args:
        settings: The settings of the store.
        store: The store, which recorded the protocols.
        protocols: Protocols of earlier results.

    Returns:
        Values by name; empty if the settings have them already, or there are no protocols.
    """
    if not protocols:
        return {}
    recorded = recorded_protocols(store).filter(protocol=protocols[-1].protocol)["sampling"][0]
    then, now = json.loads(recorded), json.loads(settings.sampling.canonical())
    fixed = "times_reference" in now.keys() - then.keys()  # an equal number would not be the same limit
    return {
        name: value
        for name, value in then.items()
        if now.get(name, value) != value or (fixed and name == "max_new_tokens")
    }


class _PastProtocols:
    """The protocols of stored completions, recorded in the store, and the projects that evaluate under them."""

    def __init__(self, settings: Settings, store: Store, generations: Sequence[EarlierFile]) -> None:
        self._settings, self._store = settings, store
        self._projects: dict[Past, PastProject | None] = {}
        self._files = {(file.model, file.step): file for file in generations if convertible(file)}
        pasts = {place: _past(file) for place, file in self._files.items()}
        first: dict[Past, float] = {}
        for place, file in self._files.items():
            first[pasts[place]] = min(file.path.stat().st_mtime, first.get(pasts[place], float("inf")))
        for past, written in sorted(first.items(), key=lambda each: each[1]):
            self._projects[past] = self._project(past, written)
        self._pasts = {place: past for place, past in pasts.items() if self._projects[past] is not None}

    @property
    def digests(self) -> set[str]:
        """The digests of all these protocols."""
        return {project.evaluation.digest for project in self._projects.values() if project is not None}

    @property
    def places(self) -> list[_Place]:
        """Models and steps with completions, the bases first."""
        return sorted(self._pasts, key=lambda place: (place[1] > 0, *place))

    def at(self, file: EarlierFile) -> PastProject | None:
        """The project of the completions that are stored for the same checkpoint."""
        return self.of_place((file.model, file.step))

    def of_place(self, place: _Place) -> PastProject | None:
        """The project of a checkpoint's completions."""
        past = self._pasts.get(place)
        return None if past is None else self._projects[past]

    def of(self, file: EarlierFile) -> PastProject | None:
        """The project that a file's rows belong to; None if the store lacks what they were measured on."""
        if file.table.name == NOISE_FLOOR.name:
            return self._of_noise(file)
        place = (file.model, file.step)
        past, inputs = self._pasts.get(place), file.provenance.inputs
        if past is None or inputs.get("items") != past.item_set or inputs.get("prompts", past.prompts) != past.prompts:
            return None
        version = self._files[place].provenance.data_version
        return self._projects[past] if inputs.get("generations", version) == version else None

    def _of_noise(self, file: EarlierFile) -> PastProject | None:
        # It is measured greedily, whatever the protocol's sampling.
        own, here = _past(file), self._pasts.get((file.model, file.step))
        candidates = [here] if here is not None else []
        for past in (*candidates, *self._projects):
            if past.greedy == own and self._projects[past] is not None:
                return self._projects[past]
        if own not in self._projects:
            self._projects[own] = self._project(own, file.path.stat().st_mtime)
        return self._projects[own]

    def _project(self, past: Past, written: float) -> PastProject | None:
        settings = past_settings(past, self._settings, self._store)
        if settings is None:
            return None
        protocol, digest = protocol_on(settings, past.item_set, EARLIER_RULE), settings_digest(settings)
        first = datetime.fromtimestamp(written, UTC)
        for each in records(self._store):
            if (each.protocol, each.settings) == (protocol.digest, digest):
                first = min(first, each.created_at)  # an upgrade that was interrupted has deleted the file of that time
        record(self._store, protocol, name_of(settings), digest, created_at=first)
        return PastProject(settings, self._store)


def _past(file: EarlierFile) -> Past:
    inputs = file.provenance.inputs
    return Past(inputs["items"], inputs["prompts"], inputs["sampling"])


def _keep(store: Store, file: EarlierFile, past: _PastProtocols, found: Upgraded) -> bool:
    """Write a file's rows to their place in this version; False if they cannot be used, or are computed again."""
    if not convertible(file):
        return False
    protocol = None
    if file.table.by_protocol:
        project = past.of(file)
        if project is None:
            return False
        protocol = project.evaluation.digest
    part = Partition.checkpoint(file.model, file.step, protocol)
    rows, provenance = converted(file, store, protocol)
    # Rows under the protocol are newer: of a probe since, or of an upgrade that was interrupted.
    if not file.table.by_protocol or store.provenance(file.table, part) is None:
        store.write(file.table, part, rows, provenance)
    found.rows[file.table.name] = found.rows.get(file.table.name, 0) + 1
    if file.table.name == GENERATIONS.name:
        found.completions += rows.height
        found.with_ids += rows.height - rows["completion_ids"].null_count()
    return True


def _compute(store: Store, past: _PastProtocols) -> None:
    """Judge stored completions, and compute what follows from the verdicts alone."""
    with progress("verdicts and scores", len(past.places)) as reporter:
        for place in past.places:
            probe = _probe(past, place)
            bring_up_to_date(VERDICTS, probe)
            bring_up_to_date(SKILL_SCORES, probe)
            if store.provenance(VERDICTS, probe.of_base.partition(VERDICTS)) is not None:
                bring_up_to_date(PROFILE_TESTS, probe)
            reporter.advance(1)


def _probe(past: _PastProtocols, place: _Place) -> Probe:
    """The probe of a checkpoint whose files may be gone."""
    project = past.of_place(place)
    assert project is not None
    (model, step), folder = place, project.store.root
    base = Checkpoint.in_folder(model, 0, folder, "base")
    return Probe(base if step == 0 else Checkpoint.in_folder(model, step, folder, "unknown"), base, project)


def _put_aside(store: Store, path: Path) -> Path:
    target = store.scratch("before_upgrade", *path.parent.relative_to(store.root).parts) / path.name
    return path.replace(target)
