"""Computation of a checkpoint's tables: the base first, nothing twice, complete tables only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

import polars as pl

from skillprobe_core.engine.model_locks import using
from skillprobe_core.engine.store import Partition
from skillprobe_core.engine.table import Frames, Table
from skillprobe_core.engine.up_to_date import Result, bring_up_to_date, provenance_of
from skillprobe_core.errors import NotComparableError, SkillprobeError, one_line
from skillprobe_core.measurements.giving_way import GaveWay, GivingWay
from skillprobe_core.measurements.leased_devices import devices_wanted, on_devices
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.table_registry import tables_of_checkpoints
from skillprobe_core.runs.seal import DisturbedError

from .failed_attempts import note_success
from .failures import own_failure
from .holdings import failed, finished, of_trainers_file
from .name_claims import claim


@dataclass(frozen=True, slots=True)
class Computed:
    """The result of one table for one checkpoint."""

    model: str
    step: int
    result: Result

    devices: tuple[str, ...] = ()
    """The devices that its rows were computed on; empty if they were reused, or the settings have no `devices`."""

    @property
    def table(self) -> str:
        """Name of the table."""
        return self.result.table.name

    @property
    def reused(self) -> bool:
        """True if the stored rows were up to date."""
        return self.result.reused


@dataclass(frozen=True, slots=True)
class Refused:
    """A table that is not computed for a checkpoint, since its base does not allow the comparison."""

    table: str
    error: NotComparableError


def run_table(table: Table, probe: Probe) -> list[Computed]:
    """Bring one table up to date for a checkpoint, and for its base before it.

    Returns the results for the base (unless the checkpoint is the base) and for the checkpoint. Rows whose inputs
    have not changed are reused; nothing is written when a computation raises, or when another folder holds the model's
    name. Raises SkillprobeErrors only.
    """
    results = []
    with using(probe.store, probe.checkpoint.model):
        with own_failure(probe.store, probe.checkpoint, table.name), _named_by_trainer(probe):
            claim(probe)
            if table.by_protocol:
                probe.choice  # noqa: B018  the base follows the template of its first checkpoint, which is this one
        for each in [probe] if probe.is_base else [probe.of_base, probe]:
            with own_failure(each.store, each.checkpoint, table.name), _held(each, table):
                found, devices = _up_to_date(table, each)
                results.append(Computed(each.checkpoint.model, each.checkpoint.step, found, devices))
    return results


def _up_to_date(table: Table, probe: Probe) -> tuple[Result, tuple[str, ...]]:
    """The result, and the devices that it was computed on."""
    if table.late and probe.gives_way is None and devices_wanted(table, probe):
        return _between_others(table, probe)
    try:
        return _once_up_to_date(table, probe)
    except DisturbedError:
        # For a time other files can have been in the checkpoint's place. A new probe identifies the files again.
        return _once_up_to_date(table, replace(probe))


def _between_others(table: Table, probe: Probe) -> tuple[Result, tuple[str, ...]]:
    """The same; the devices are given up, and asked for again, whenever another computation waits for them."""
    leases = probe.project.devices
    assert leases is not None  # or no device is wanted
    probe = replace(probe, gives_way=GivingWay(leases.waited_for))
    while True:
        with suppress(GaveWay):
            return _up_to_date(table, probe)


def _weights_needed(table: Table, probe: Probe) -> list[Table]:
    """The tables of weights that a table of weights is computed from."""
    needed = [need.table for need in table.needs if need.table is not None and table.pool == "weights"]
    return [each for each in needed if each.pool == "weights" and each.enabled(probe)]


def _once_up_to_date(table: Table, probe: Probe) -> tuple[Result, tuple[str, ...]]:
    devices: tuple[str, ...] = ()
    # Rows may be computed while they are written. Devices are taken last, within the lock of the table and after the
    # tables of weights that the rows are computed from: a process that has some waits for no other lock, so none waits
    # for a device that cannot become free.
    with ExitStack() as held:

        def rows(subject: Probe) -> Frames:
            nonlocal devices
            part = shared_base(table, subject, provenance_of(table, subject).data_version)
            if part is not None:
                return _copied(table, subject, part)
            assert table.compute is not None
            for each in _weights_needed(table, subject):
                _once_up_to_date(each, subject)
            devices = held.enter_context(on_devices(subject, table.name, devices_wanted(table, subject)))
            return table.compute(subject)

        return bring_up_to_date(table, probe, rows), devices


@contextmanager
def _named_by_trainer(probe: Probe) -> Iterator[None]:
    """Raise errors with the trainer's files in place of pinned ones."""
    try:
        yield
    except SkillprobeError as error:
        raise of_trainers_file(error, probe) from error


@contextmanager
def _held(probe: Probe, table: Table) -> Iterator[None]:
    """Release what keeps a checkpoint's weights after its last table, or let it make room after a failure."""
    try:
        with _named_by_trainer(probe):
            yield
    except NotComparableError:
        finished(probe, table, tables_for(probe))  # the same files would be refused again
        raise
    except BaseException:
        failed(probe)
        raise
    finished(probe, table, tables_for(probe))


def run_tables(
    probe: Probe,
    tables: Sequence[Table] | None = None,
    *,
    refused: list[Refused] | None = None,
) -> list[Computed]:
    """Compute the tables of a checkpoint in order, each for its base first.

    A table that compares models which cannot be compared is refused, and so are the tables that need its rows. All
    others are computed.

    Args:
        probe: The checkpoint.
        tables: The tables (default: those that the settings require).
        refused: A list to which refused tables are added (default: the first one's error is raised in the end).

    Returns:
        The results.

    Raises:
        SkillprobeError: A table failed; the later ones are not computed then.
    """
    results, left_out = [], [] if refused is None else refused
    with using(probe.store, probe.checkpoint.model):
        for table in tables_for(probe) if tables is None else tables:
            try:
                _check_needs(table, left_out)
                results.extend(run_table(table, probe))
            except NotComparableError as error:
                left_out.append(Refused(table.name, error))
        if tables is None:
            note_success(probe.store, probe.checkpoint.key)
    if refused is None and left_out:
        raise left_out[0].error
    return results


def refused_in_words(refused: Sequence[Refused]) -> tuple[str, ...]:
    """One line per cause: the tables that are not computed, the cause and the remedy."""
    tables: dict[str, list[str]] = {}
    for each in refused:
        tables.setdefault(one_line(each.error), []).append(each.table)
    return tuple(f"not computed: {', '.join(names)}: {cause}" for cause, names in tables.items())


def _check_needs(table: Table, refused: Sequence[Refused]) -> None:
    """Raise the error of a refused table whose rows a table needs."""
    needed = {need.table.name for need in table.needs if need.table is not None}
    for each in refused:
        if each.table in needed:
            raise each.error


def tables_for(probe: Probe) -> tuple[Table, ...]:
    """The tables that a probe computes with its settings."""
    return tuple(table for table in tables_of_checkpoints() if table.enabled(probe))


def shared_base(table: Table, probe: Probe, data_version: str) -> Partition | None:
    """The stored rows of another model's base that were computed from the same inputs; None if there are none.

    data_version: the version that the rows of this probe have.
    """
    if not (table.shared_base and probe.is_base):
        return None
    for part in _stored_bases(table, probe):
        found = probe.store.provenance(table, part)
        if found is not None and found.data_version == data_version:
            return part
    return None


def _copied(table: Table, probe: Probe, part: Partition) -> pl.DataFrame:
    """The rows of another model's base, which were computed from the same inputs."""
    return probe.store.read(table, part).with_columns(model=pl.lit(probe.checkpoint.model))


def _stored_bases(table: Table, probe: Probe) -> Iterator[Partition]:
    protocol = probe.partition(table).protocol
    for model in probe.store.models(table, protocol):
        part = Partition.checkpoint(model, 0, protocol)
        if probe.store.path(table, part).exists():
            yield part
