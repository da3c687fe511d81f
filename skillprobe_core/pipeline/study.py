"""The study: all checkpoints of some models on one item set, summarised in separate tables."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from skillprobe_core.engine.table import Table
from skillprobe_core.errors import StoreError
from skillprobe_core.items.schema import digest_of
from skillprobe_core.measurements.checkpoints import CHECKPOINTS
from skillprobe_core.measurements.logit_divergence import LOGIT_DIVERGENCE
from skillprobe_core.measurements.parameter_stats import PARAMETER_STATS
from skillprobe_core.measurements.verdicts import VERDICTS
from skillprobe_core.store.parquet import Partition, Provenance, Store
from skillprobe_core.store.registry import STUDY_TABLES

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


def read_models(store: Store, table: Table, models: Sequence[str]) -> pl.DataFrame:
    """All stored rows of a per-checkpoint table for these models; may be empty."""
    parts = [
        store.read(table, Partition.checkpoint(model, step))
        for model, step in store.partitions(table)
        if model in models
    ]
    return pl.concat([pl.DataFrame(schema=table.polars_schema), *parts])


def known_models(store: Store, models: Sequence[str]) -> list[str]:
    """The given models, or all judged models if none are given; raises StoreError for one that is not stored."""
    known = store.models(VERDICTS)
    if not known:
        raise StoreError(
            "the store holds no results yet",
            remedy="run `skillprobe probe FOLDER` for a checkpoint, or `skillprobe demo`",
            path=store.root,
        )
    for model in models:
        if model not in known:
            raise StoreError(
                f"the store has no model named {model!r}", remedy=f"use one of: {', '.join(known)}", path=store.root
            )
    return list(models) or known


def find_study(store: Store, models: Sequence[str], items: pl.DataFrame, targets: Sequence[str]) -> StudyResult:
    """The study of these models (default: all): the stored one if it is up to date, else computed; writes nothing.

    targets: names as for `analysis.targets.target_cells`; an unknown one raises SettingsError.
    Raises StoreError for an unknown model, or when checkpoints did not answer the same items.
    """
    from skillprobe_core.analysis.study import study
    from skillprobe_core.analysis.targets import target_cells
    from skillprobe_core.pipeline.measures import checkpoint_measures

    started = time.monotonic()
    chosen = known_models(store, models)
    cells = target_cells(targets, items)
    item_set = str(items["item_set"][0])
    part = Partition.item_set(item_set)
    provenance = _provenance(store, chosen, item_set, cells)
    stored = [store.provenance(table, part) for table in STUDY_TABLES]
    if all(found is not None and found.data_version == provenance.data_version for found in stored):
        kept = {table.name: store.read(table, part) for table in STUDY_TABLES}
        return StudyResult(kept, provenance, tuple(chosen), reused=True, seconds=time.monotonic() - started)
    frames = study(
        read_models(store, VERDICTS, chosen).filter(pl.col("item_set") == item_set),
        read_models(store, CHECKPOINTS, chosen),
        checkpoint_measures(
            read_models(store, LOGIT_DIVERGENCE, chosen), read_models(store, PARAMETER_STATS, chosen), item_set
        ),
        items,
        cells,
    )
    return StudyResult(frames, provenance, tuple(chosen), reused=False, seconds=time.monotonic() - started)


def write_study(store: Store, models: Sequence[str], items: pl.DataFrame, targets: Sequence[str]) -> StudyResult:
    """The result of `find_study`, written to the store; it replaces an earlier study of the item set."""
    part = Partition.item_set(str(items["item_set"][0]))
    with store.lock(f"study-{'-'.join(part.directories)}"):
        result = find_study(store, models, items, targets)
        if not result.reused:
            for table in STUDY_TABLES:
                store.write(table, part, result.frames[table.name], result.provenance)
    return result


def _provenance(store: Store, models: Sequence[str], item_set: str, targets: list[tuple[str, str]]) -> Provenance:
    versions = []
    for table in _READ:
        for model, step in store.partitions(table):
            if model in models:
                found = store.provenance(table, Partition.checkpoint(model, step))
                versions.append([table.name, model, step, found.data_version if found else ""])
    inputs = {
        "models": ", ".join(models),
        "items": item_set,
        "targets": ", ".join("/".join(cell) for cell in targets),
        "checkpoints": digest_of("study", versions),
    }
    tables = [[table.name, table.version] for table in STUDY_TABLES]
    return Provenance(digest_of("study", _CODE_VERSION, tables, inputs), _CODE_VERSION, inputs)
