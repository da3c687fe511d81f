"""The study: all checkpoints of some models under one protocol, summarised in separate tables."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from skillprobe_core.engine.table import PROTOCOL, Table
from skillprobe_core.errors import StoreError
from skillprobe_core.items.schema import digest_of
from skillprobe_core.measurements.checkpoints import CHECKPOINTS
from skillprobe_core.measurements.logit_divergence import LOGIT_DIVERGENCE
from skillprobe_core.measurements.parameter_stats import PARAMETER_STATS
from skillprobe_core.measurements.verdicts import VERDICTS
from skillprobe_core.store.parquet import Partition, Provenance, Store
from skillprobe_core.store.registry import STUDY_TABLES

from .protocol import no_results

_CODE_VERSION = "3"
_READ = (VERDICTS, CHECKPOINTS, LOGIT_DIVERGENCE, PARAMETER_STATS)


@dataclass(frozen=True, slots=True)
class StudyResult:
    """The study's tables by name; `reused` if they had been stored before, computed from the same inputs."""

    frames: Mapping[str, pl.DataFrame]
    provenance: Provenance
    models: tuple[str, ...]
    reused: bool
    seconds: float


def read_models(store: Store, protocol: str, table: Table, models: Sequence[str]) -> pl.DataFrame:
    """All stored rows of a per-checkpoint table for these models, of one protocol where it has any; may be empty."""
    parts = [
        store.read(table, Partition.checkpoint(model, step, protocol))
        for model, step in store.partitions(table, protocol)
        if model in models
    ]
    return pl.concat([pl.DataFrame(schema=table.polars_schema), *parts])


def known_models(store: Store, protocol: str, models: Sequence[str]) -> list[str]:
    """The given models, or all judged models if none are given; raises StoreError for one that is not stored.

    Judged means: under the protocol of this digest.
    """
    known = store.models(VERDICTS, protocol)
    if not known:
        raise no_results(store, protocol)
    for model in models:
        if model not in known:
            raise StoreError(
                f"the store has no model named {model!r}", remedy=f"use one of: {', '.join(known)}", path=store.root
            )
    return list(models) or known


def find_study(
    store: Store, protocol: str, models: Sequence[str], items: pl.DataFrame, targets: Sequence[str]
) -> StudyResult:
    """The study of these models (default: all): the stored one if it is up to date, else computed; writes nothing.

    protocol: digest of the protocol whose results are summarised; items: its item set.
    targets: names as for `analysis.targets.target_cells`; an unknown one raises SettingsError.
    Raises StoreError for an unknown model, or when checkpoints did not answer the same items.
    """
    from skillprobe_core.analysis.study import study
    from skillprobe_core.analysis.targets import target_cells
    from skillprobe_core.pipeline.measures import checkpoint_measures

    started = time.monotonic()
    chosen = known_models(store, protocol, models)
    cells = target_cells(targets, items)
    item_set = str(items["item_set"][0])
    part = Partition.of_protocol(protocol)
    provenance = _provenance(store, protocol, chosen, item_set, cells)
    stored = [store.provenance(table, part) for table in STUDY_TABLES]
    if all(found is not None and found.data_version == provenance.data_version for found in stored):
        kept = {table.name: store.read(table, part) for table in STUDY_TABLES}
        return StudyResult(kept, provenance, tuple(chosen), reused=True, seconds=time.monotonic() - started)
    frames = study(
        read_models(store, protocol, VERDICTS, chosen),
        read_models(store, protocol, CHECKPOINTS, chosen),
        checkpoint_measures(
            read_models(store, protocol, LOGIT_DIVERGENCE, chosen),
            read_models(store, protocol, PARAMETER_STATS, chosen),
            item_set,
        ),
        items,
        cells,
    )
    frames = {
        table.name: table.conform(frames[table.name].with_columns(pl.lit(protocol).alias(PROTOCOL.name)))
        for table in STUDY_TABLES
    }
    return StudyResult(frames, provenance, tuple(chosen), reused=False, seconds=time.monotonic() - started)


def write_study(
    store: Store, protocol: str, models: Sequence[str], items: pl.DataFrame, targets: Sequence[str]
) -> StudyResult:
    """The result of `find_study`, written to the store; it replaces an earlier study under the protocol."""
    part = Partition.of_protocol(protocol)
    with store.lock(f"study-{protocol}"):
        result = find_study(store, protocol, models, items, targets)
        if not result.reused:
            for table in STUDY_TABLES:
                store.write(table, part, result.frames[table.name], result.provenance)
    return result


def _provenance(
    store: Store, protocol: str, models: Sequence[str], item_set: str, targets: list[tuple[str, str]]
) -> Provenance:
    versions = []
    for table in _READ:
        for model, step in store.partitions(table, protocol):
            if model in models:
                found = store.provenance(table, Partition.checkpoint(model, step, protocol))
                versions.append([table.name, model, step, found.data_version if found else ""])
    inputs = {
        "models": ", ".join(models),
        "items": item_set,
        "protocol": protocol,
        "targets": ", ".join("/".join(cell) for cell in targets),
        "checkpoints": digest_of("study", versions),
    }
    tables = [[table.name, table.version] for table in STUDY_TABLES]
    return Provenance(digest_of("study", _CODE_VERSION, tables, inputs), _CODE_VERSION, inputs)
