"""Execution of stages: the base first, nothing twice, complete tables only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import polars as pl

from skillprobe_core.store.parquet import Partition, Provenance

from .claims import claim
from .failures import own_failure
from .probe import Probe
from .registry import stages_of
from .stage import Stage, StageResult


def run_stage(stage: Stage, probe: Probe) -> list[StageResult]:
    """Bring one table up to date for a checkpoint, and for its base before it.

    Returns the results for the base (unless the checkpoint is the base) and for the checkpoint. Rows whose inputs
    have not changed are reused; nothing is written when a stage raises, or when another folder holds the model's name.
    Raises SkillprobeErrors only.
    """
    with own_failure(probe.store, probe.checkpoint, stage.name):
        claim(probe)
    results = []
    for each in [probe] if probe.is_base else [probe.of_base(), probe]:
        with own_failure(each.store, each.checkpoint, stage.name):
            results.append(_run_one(stage, each))
    return results


def run_stages(
    probe: Probe, stages: Sequence[Stage] | None = None, *, report: Callable[[StageResult], None] | None = None
) -> list[StageResult]:
    """Run stages in order (default: those that the settings require), base first; report each result at once."""
    results = []
    for stage in stages_of(probe.settings) if stages is None else stages:
        for result in run_stage(stage, probe):
            results.append(result)
            if report is not None:
                report(result)
    return results


def _run_one(stage: Stage, probe: Probe) -> StageResult:
    started = time.monotonic()
    provenance, part = stage.provenance(probe), probe.partition(stage.table)
    # Two runs may need one base at the same time: the second waits and finds the first one's rows.
    with probe.store.lock(f"{stage.name}-{provenance.data_version[:16]}"):
        stored = probe.store.provenance(stage.table, part)
        reused = stored is not None and stored.data_version == provenance.data_version
        if not reused:
            frame = _shared_base_rows(stage, probe, provenance)
            if frame is None:
                frame = stage.compute(probe)
            probe.store.write(stage.table, part, frame, provenance)
    return StageResult(
        stage=stage.name,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        rows=probe.store.row_count(stage.table, part),
        reused=reused,
        partition=part,
        provenance=provenance,
        path=probe.store.path(stage.table, part),
        seconds=time.monotonic() - started,
    )


def _shared_base_rows(stage: Stage, probe: Probe, provenance: Provenance) -> pl.DataFrame | None:
    """Rows of another model's base that were computed from exactly the same inputs, under this model's name."""
    if not (stage.shared_base and probe.is_base):
        return None
    for part in _stored_bases(probe, stage):
        found = probe.store.provenance(stage.table, part)
        if found is not None and found.data_version == provenance.data_version:
            return probe.store.read(stage.table, part).with_columns(model=pl.lit(probe.checkpoint.model))
    return None


def _stored_bases(probe: Probe, stage: Stage) -> Iterator[Partition]:
    protocol = probe.partition(stage.table).protocol
    for model in probe.store.models(stage.table, protocol):
        part = Partition.checkpoint(model, 0, protocol)
        if probe.store.path(stage.table, part).exists():
            yield part
