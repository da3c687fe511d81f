"""Materialisation of one stage for one partition in Dagster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg
import polars as pl
from dagster._core.definitions.data_version import DATA_VERSION_TAG, extract_data_version_from_entry

from skillprobe_core.errors import SkillprobeError
from skillprobe_core.pipeline.probe import Probe
from skillprobe_core.pipeline.run import run_stage
from skillprobe_core.pipeline.stage import Stage, StageResult
from skillprobe_core.store.parquet import Provenance, Store
from skillprobe_core.visible import visible, visible_lines

from .metadata import Metadata, origin_metadata, rows_metadata
from .partitions import checkpoint_partitions
from .resources import ProjectResource

Headline = Callable[[pl.DataFrame], Metadata]
"""A function that gives a table's most important figures as metadata."""

Version = Callable[[Provenance], str]


def _data_version(provenance: Provenance) -> str:
    return provenance.data_version


def materialise(
    context: dg.AssetExecutionContext,
    project: ProjectResource,
    stage: Stage,
    headline: Headline,
    version: Version = _data_version,
) -> dg.MaterializeResult[None]:
    """Bring a stage's table up to date for the run's partition, after its base's.

    The base's partition is also reported if Dagster does not have its version yet. Raises Failure with the message for
    the user.
    """
    with clear_failure():
        opened = project.open()
        probe = opened.probe(context.partition_key)
        *before, result = run_stage(stage, probe)
        if "dtype" in result.provenance.inputs and (faster := probe.faster_here()):
            context.log.warning(faster)
        for base in before:
            key, base_version = f"{base.model}/{base.step}", version(base.provenance)
            if not _knows(context, key, base_version):
                _report_base(
                    context, key, base_version, _metadata(stage, opened.store, probe.protocol.digest, base, headline)
                )
        return dg.MaterializeResult(
            data_version=dg.DataVersion(version(result.provenance)),
            metadata=_metadata(stage, opened.store, probe.protocol.digest, result, headline)
            | _number_type(probe, result),
        )


@contextmanager
def clear_failure() -> Iterator[None]:
    """Turn a SkillprobeError into a Dagster failure with the same message, which is not retried."""
    try:
        yield
    except SkillprobeError as error:
        facts = {"cause": visible_lines(error.cause), "remedy": visible_lines(error.remedy)}
        if error.path is not None:
            facts["path"] = visible(error.path)
        raise dg.Failure(description=str(error), metadata=facts, allow_retries=False) from None


def _metadata(stage: Stage, store: Store, protocol: str, result: StageResult, headline: Headline) -> Metadata:
    # Imported here, since it needs numpy and scipy, which would slow down loading the definitions.
    from skillprobe_core.report.small_figures import small_figure

    frame = store.read(stage.table, result.partition)
    figure = small_figure(store, protocol, stage.table, result.model, result.step)
    return {
        **({} if figure is None else {"figure": dg.MetadataValue.md(figure)}),
        **headline(frame),
        **rows_metadata(stage.table, frame),
        **origin_metadata(result.provenance, result.path),
        "reused": result.reused,
        "seconds": round(result.seconds, 3),
    }


def _number_type(probe: Probe, result: StageResult) -> Metadata:
    """The type in which a stage ran its models, and why; nothing for a stage that runs none."""
    if "dtype" not in result.provenance.inputs:
        return {}
    return {"number_type": f"{probe.number_type.dtype}: {probe.number_type.reason}"}


def _knows(context: dg.AssetExecutionContext, partition: str, version: str) -> bool:
    latest = context.instance.get_latest_data_version_record(context.asset_key, partition_key=partition)
    known = None if latest is None else extract_data_version_from_entry(latest.event_log_entry)
    return known is not None and known.value == version


def _report_base(context: dg.AssetExecutionContext, partition: str, version: str, metadata: Metadata) -> None:
    name = checkpoint_partitions.name
    assert name is not None  # all dynamic partitions made by name have one
    if not context.instance.has_dynamic_partition(name, partition):
        context.instance.add_dynamic_partitions(name, [partition])
    context.log_event(
        dg.AssetMaterialization(
            context.asset_key,
            description=f"Brought up to date for {context.partition_key}, which is compared with it",
            metadata=metadata,
            partition=partition,
            tags={DATA_VERSION_TAG: version},
        )
    )
