"""The study: all checkpoints of some models under one protocol, summarised in separate tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import polars as pl

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.engine.digest import digest_of
from skillprobe_core.engine.model_locks import using
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.table import PROTOCOL, Table
from skillprobe_core.engine.up_to_date import Result, bring_up_to_date, computed, provenance_of, stored_partition
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.profile_tests.collapse_settings import COLLAPSE_MARGIN
from skillprobe_core.measurements.protocols.evaluation_protocol import no_results
from skillprobe_core.measurements.protocols.judged_items import check_evaluated
from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS


@dataclass(frozen=True)
class Study:
    """The subject of the study's tables: models, the items that they answered, and what they were trained on.

    protocol: digest of the protocol whose results are summarised; items: its item set.
    cells: the (skill, domain) cells that were trained on. margin: the drop that a collapse must exceed.
    """

    store: Store
    protocol: str
    models: tuple[str, ...]
    items: pl.DataFrame
    cells: list[tuple[str, str]]
    margin: float = COLLAPSE_MARGIN
    _frames: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)
    _versions: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def item_set(self) -> str:
        """Digest of the item set (first 16 hexadecimal digits)."""
        return str(self.items["item_set"][0])

    @property
    def targets(self) -> str:
        """The target cells in one line."""
        return ", ".join("/".join(cell) for cell in self.cells)

    @cached_property
    def verdicts(self) -> pl.DataFrame:
        """Verdicts of all checkpoints on the item set, by the fair reading: keys, verdict and ending."""
        return read_models(self.store, self.protocol, VERDICTS, self.models, lambda rows: fair(rows).select(_JUDGED))

    @cached_property
    def checkpoints(self) -> pl.DataFrame:
        """The checkpoints themselves."""
        return read_models(self.store, self.protocol, CHECKPOINTS, self.models)

    def divergence(self) -> Iterator[pl.DataFrame]:
        """Divergences of all checkpoints, some checkpoints at a time."""
        return in_batches(self.store, self.protocol, LOGIT_DIVERGENCE, self.models)

    def weights(self) -> Iterator[pl.DataFrame]:
        """Parameter statistics of all checkpoints, some checkpoints at a time."""
        return in_batches(self.store, self.protocol, PARAMETER_STATS, self.models)

    def partition(self, table: Table) -> Partition:
        """The place of this study's rows of a table."""
        return Partition.of_protocol(self.protocol)

    def versions(self, table: Table) -> str:
        """One digest over the data versions of all checkpoints' rows of a table."""
        if table.name not in self._versions:
            found = []
            for model, step in self.store.partitions(table, self.protocol):
                if model in self.models:
                    provenance = self.store.provenance(table, Partition.checkpoint(model, step, self.protocol))
                    found.append([model, step, provenance.data_version if provenance else ""])
            self._versions[table.name] = digest_of(table.name, found)
        return self._versions[table.name]

    def version(self, table: Table) -> str:
        """The data version that the study's rows of one of its own tables have now."""
        return provenance_of(table, self).data_version

    def frame(self, table: Table) -> pl.DataFrame:
        """The study's rows of one of its own tables: stored ones if they are up to date, else computed; not written."""
        if table.name not in self._frames:
            part = stored_partition(table, self, provenance_of(table, self))
            if part is None:
                rows = computed(table, self).with_columns(pl.lit(self.protocol).alias(PROTOCOL.name))
                self._frames[table.name] = table.conform(rows)
            else:
                self._frames[table.name] = self.store.read(table, part)
        return self._frames[table.name]


@dataclass(frozen=True, slots=True)
class StudyResult:
    """The study's tables by name; `reused` if they had been stored before, computed from the same inputs.

    results: where the tables are stored, if they were written.
    """

    frames: Mapping[str, pl.DataFrame]
    study: Study
    reused: bool
    seconds: float
    results: tuple[Result, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The models compared."""
        return self.study.models

    @property
    def version(self) -> str:
        """One digest over the data versions of all its tables."""
        return digest_of("study", [self.study.version(table) for table in study_tables()])


_JUDGED = ("model", "step", "item_set", "item_id", "sample", "verdict", "ending")
_BATCH = 32


def read_models(
    store: Store,
    protocol: str,
    table: Table,
    models: Sequence[str],
    of_each: Callable[[pl.DataFrame], pl.DataFrame] = lambda rows: rows,
) -> pl.DataFrame:
    """All stored rows of a per-checkpoint table for these models, of one protocol where it has any; may be empty.

    `of_each` is applied to the rows of one checkpoint after the other: the rows of thousands together may be larger
    than memory.
    """
    parts = [of_each(rows) for rows in _of_checkpoints(store, protocol, table, models)]
    return pl.concat([of_each(pl.DataFrame(schema=table.polars_schema)), *parts])


def in_batches(store: Store, protocol: str, table: Table, models: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The rows of `read_models` without an empty frame, those of up to 32 checkpoints at a time."""
    rows = _of_checkpoints(store, protocol, table, models)
    while batch := list(islice(rows, _BATCH)):
        yield pl.concat(batch)


def _of_checkpoints(store: Store, protocol: str, table: Table, models: Sequence[str]) -> Iterator[pl.DataFrame]:
    for model, step in store.partitions(table, protocol):
        if model in models:
            yield store.read(table, Partition.checkpoint(model, step, protocol))


def known_models(store: Store, protocol: str, models: Sequence[str]) -> list[str]:
    """The given models, or all judged models if none are given; raises StoreError for one that is not stored.

    Judged means: under the protocol of this digest.
    """
    known = store.models(VERDICTS, protocol)
    if not known:
        raise no_results(store, protocol)
    check_evaluated(store, protocol, models)
    return list(models) or known


def study_of(
    store: Store,
    protocol: str,
    models: Sequence[str],
    items: pl.DataFrame,
    targets: Sequence[str],
    margin: float = COLLAPSE_MARGIN,
) -> Study:
    """The study of these models (default: all), not yet computed.

    protocol: digest of the protocol whose results are summarised; items: its item set.
    targets: names as for `analysis.targets.target_cells`; an unknown one raises SettingsError.
    margin: the drop that a collapse must exceed.
    Raises StoreError for an unknown model.
    """
    from .target_cells import target_cells

    known = tuple(known_models(store, protocol, models))
    return Study(store, protocol, known, items, target_cells(targets, items), margin)


def find_study(
    store: Store,
    protocol: str,
    models: Sequence[str],
    items: pl.DataFrame,
    targets: Sequence[str],
    margin: float = COLLAPSE_MARGIN,
) -> StudyResult:
    """The tables of a study (see `study_of`): stored ones if they are up to date, else computed; writes nothing.

    Raises StoreError when checkpoints did not answer the same items.
    """
    started = time.monotonic()
    study = study_of(store, protocol, models, items, targets, margin)
    reused = all(stored_partition(table, study, provenance_of(table, study)) is not None for table in study_tables())
    frames = {table.name: study.frame(table) for table in study_tables()}
    return StudyResult(frames, study, reused, time.monotonic() - started)


def write_study(
    store: Store,
    protocol: str,
    models: Sequence[str],
    items: pl.DataFrame,
    targets: Sequence[str],
    margin: float = COLLAPSE_MARGIN,
) -> StudyResult:
    """The tables of a study (see `find_study`), written to the store; they replace an earlier one of the protocol."""
    started = time.monotonic()
    study = study_of(store, protocol, models, items, targets, margin)
    with using(store, *study.models):
        results = [bring_up_to_date(table, study) for table in study_tables()]
    frames = {table.name: study.frame(table) for table in study_tables()}
    return StudyResult(frames, study, all(each.reused for each in results), time.monotonic() - started, tuple(results))
