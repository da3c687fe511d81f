"""Forecast of a probe: the tables that it would compute and those that it would reuse. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import polars as pl

from skillprobe_core.engine.part_files import row_count
from skillprobe_core.engine.store import Provenance
from skillprobe_core.engine.table import Table
from skillprobe_core.engine.up_to_date import provenance_of, stored_partition
from skillprobe_core.machine.fast_number_types import NumberType
from skillprobe_core.measurements.checkpoints.recognised_checkpoints import unwritten_records
from skillprobe_core.measurements.number_types.number_types_table import NUMBER_TYPES
from skillprobe_core.measurements.pilots.base_protocol import protocol_of_base_unrecorded
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.prompt_formats.prompt_format_choice import (
    Choice,
    choice_of,
    decide,
    is_decided,
    place_of,
)
from skillprobe_core.measurements.prompt_formats.prompt_formats_table import PROMPT_FORMATS
from skillprobe_core.measurements.protocols.evaluation_protocol import Protocol, protocol_unrecorded
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.identity_records import IdentityRecords

from .name_claims import check_claim
from .run_tables import shared_base, tables_for


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The forecast for one table of one checkpoint.

    reused: True if the store holds its rows, for this model or for another model's base.
    reason: why it is reused or would be computed, in a few words. rows: number of stored rows; None if not reused.
    """

    table: str
    model: str
    step: int
    reused: bool
    reason: str
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of a probe, with the protocol and the items that it would have.

    Both are None if a pilot on the base has to choose the items first.
    """

    protocol: Protocol | None
    items: pl.DataFrame | None
    tables: tuple[Foreseen, ...]


def dry_run(probe: Probe) -> Forecast:
    """Forecast a probe: its tables in order, base first.

    Checkpoints are read as far as the store has no records of them. No model is loaded, and the store stays as it is:
    no protocol, claim, record or lock is written.

    Args:
        probe: The probe, as `run_tables` takes it.

    Returns:
        The forecast.

    Raises:
        SkillprobeError: The probe would fail before its first table: an unreadable checkpoint, a name that belongs to
            another run folder, unknown items.
    """
    by_base = probe.settings.items.by_base
    known = None if by_base else protocol_unrecorded(probe.settings, probe.store)
    unwritten = _DryProbe(
        _unnoted(probe.checkpoint), _unnoted(probe.base), probe.project, probe.previous, probe.run,
        foresight=_Foresight(known and known[0], unwritten_records(probe.store)),
    )  # fmt: skip
    if by_base and (known := protocol_of_base_unrecorded(unwritten)) is not None:
        unwritten.foresight.protocol = known[0]
    protocol, items = known or (None, None)
    check_claim(unwritten)
    found = [
        _foreseen(table, each)
        for table in tables_for(unwritten)
        for each in ([unwritten] if unwritten.is_base else [cast(_DryProbe, unwritten.of_base), unwritten])
    ]
    return Forecast(protocol, items, tuple(found))


def _unnoted(checkpoint: Checkpoint) -> Checkpoint:
    """A checkpoint whose tokenizer is tried without a note of it."""
    scratch = checkpoint.files.scratch
    if scratch is None:
        return checkpoint
    return replace(checkpoint, files=checkpoint.files.kept_in(replace(scratch, notes=False)))


class _Unknown(Exception):
    """A version that is only known after something was computed, which `after` names."""

    def __init__(self, after: str) -> None:
        super().__init__(after)
        self.after = after


@dataclass
class _Foresight:
    """Knowledge about a probe before it starts.

    protocol: None if a pilot has to choose the items first.
    versions: data versions of the tables forecast so far, by model, step and name; None where they are unknown.
    computed: those that would be computed. read: those that were read since the last table, in order.
    """

    protocol: Protocol | None
    records: IdentityRecords
    versions: dict[tuple[str, int, str], str | None] = field(default_factory=dict)
    computed: set[tuple[str, int, str]] = field(default_factory=set)
    read: list[tuple[str, int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _DryProbe(Probe):
    """A probe whose inputs are forecast rather than computed and recorded."""

    foresight: _Foresight = field(kw_only=False, default=None)  # type: ignore[assignment]

    @property
    def protocol(self) -> Protocol:
        if self.foresight.protocol is None:
            raise _Unknown("a pilot on the base chooses the items")
        return self.foresight.protocol

    @property
    def records(self) -> IdentityRecords:
        return self.foresight.records

    @property
    def number_type(self) -> NumberType:
        setting = self.settings.compute.dtype
        if setting != "auto":
            return NumberType(setting, "")
        part = stored_partition(NUMBER_TYPES, self, provenance_of(NUMBER_TYPES, self))
        if part is None:
            raise _Unknown("the number type is chosen")
        row = self.store.read(NUMBER_TYPES, part).row(0, named=True)
        return NumberType(row["dtype"], row["reason"])

    @property
    def choice(self) -> Choice:
        if not is_decided(self):
            return choice_of(self, {})
        part = place_of(self)
        if self.store.provenance(PROMPT_FORMATS, part) is None:
            return choice_of(self, decide(self).row)
        return choice_of(self, self.store.read(PROMPT_FORMATS, part).row(0, named=True))

    def stored_version(self, table: Table) -> str:
        key = (self.checkpoint.model, self.checkpoint.step, table.name)
        self.foresight.read.append(key)
        if key not in self.foresight.versions:
            return super().stored_version(table)
        version = self.foresight.versions[key]
        if version is None:
            raise _Unknown(table.name)
        return version


def _foreseen(table: Table, probe: _DryProbe) -> Foreseen:
    foresight = probe.foresight
    key = (probe.checkpoint.model, probe.checkpoint.step, table.name)
    foresight.read.clear()
    try:
        found = _of_known_inputs(table, probe)
    except _Unknown as unknown:
        foresight.versions[key] = None
        found = Foreseen(table.name, *key[:2], reused=False, reason=f"after {unknown.after}")
    if not found.reused:
        foresight.computed.add(key)
    return found


def _of_known_inputs(table: Table, probe: _DryProbe) -> Foreseen:
    foresight, store = probe.foresight, probe.store
    model, step = probe.checkpoint.model, probe.checkpoint.step
    provenance = provenance_of(table, probe)
    foresight.versions[model, step, table.name] = provenance.data_version
    part, reason = stored_partition(table, probe, provenance), "same inputs"
    if part is None and (part := shared_base(table, probe, provenance.data_version)) is not None:
        owner = part.directories[0].removeprefix("model=")
        reason = f"same inputs, copied from {owner}/0"
    if part is not None:
        rows = row_count(store.path(table, part))
        return Foreseen(table.name, model, step, reused=True, reason=reason, rows=rows)
    upstream = [name for *of, name in foresight.read if (*of, name) in foresight.computed]
    if upstream:
        reason = f"after {' and '.join(dict.fromkeys(upstream))}"
    else:
        reason = _difference(store.provenance(table, probe.partition(table)), provenance, table)
    return Foreseen(table.name, model, step, reused=False, reason=reason)


def _difference(stored: Provenance | None, wanted: Provenance, table: Table) -> str:
    """The reason why stored rows cannot be reused."""
    if stored is None:
        return "not stored yet"
    changed = _changed(stored.inputs, wanted.inputs)
    if changed:
        return f"changed: {', '.join(changed)}"
    return f"computed by another version of skillprobe (table version {stored.table_version}, now {table.version})"


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
