"""Materialisation of one declared table for one partition in Dagster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dagster as dg
import polars as pl
from dagster._core.definitions.data_version import DATA_VERSION_TAG, extract_data_version_from_entry

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.table import Table
from skillprobe_core.engine.up_to_date import Result
from skillprobe_core.errors import SkillprobeError
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.project.run_tables import Computed, run_table
from skillprobe_core.visible import visible, visible_lines

from .metadata import Metadata, origin_metadata, rows_metadata, shown_metadata
from .partitions import checkpoint_partitions
from .resources import ProjectResource

NOT_REQUESTED = "not requested"
"""Data version of a table that the settings leave out."""


def materialise(
    context: dg.AssetExecutionContext, project: ProjectResource, table: Table, tables: Sequence[Table]
) -> dg.MaterializeResult[None]:
    """Bring a table up to date for the run's partition, after its base's, and the other `tables` of its asset in order.

    Tables that the settings leave out are not computed; if that is the asset's own, its materialisation says so and
    there is no file. The base's partition is also reported if Dagster does not have its version yet. Raises Failure
    with the message for the user.
    """
    with clear_failure():
        probe = project.probe(context.run.run_id, context.partition_key)
        if not table.enabled(probe):
            return dg.MaterializeResult(data_version=dg.DataVersion(NOT_REQUESTED), metadata={"computed": False})
        place = tables.index(table)
        _run_enabled(tables[:place], probe)
        *before, computed = run_table(table, probe)
        _run_enabled(tables[place + 1 :], probe)
        if "dtype" in computed.result.provenance.inputs and (faster := probe.faster_here()):
            context.log.warning(faster)
        if computed.devices:
            context.log.info(f"computed on {', '.join(computed.devices)}")
        for base in before:
            _report_base(context, probe, base)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(version_of(computed.result)),
            metadata=_metadata(probe, computed) | _how_models_ran(probe, computed),
        )


def _run_enabled(tables: Sequence[Table], probe: Probe) -> None:
    for each in tables:
        if each.enabled(probe):
            run_table(each, probe)


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


def version_of(result: Result) -> str:
    """The data version that Dagster gets for a table's rows."""
    named = result.table.versioned_by
    return result.provenance.data_version if named is None else result.provenance.inputs[named]


def highlights_of(store: Store, result: Result, frame: pl.DataFrame, figure: str | None = None) -> Metadata:
    """The figure and the headline of a table's rows; `figure` replaces the rows' own."""
    # Imported here, since it needs numpy, which would slow down loading the definitions.
    from skillprobe_core.drawing.small_figures import figure_of_rows

    table = result.table
    drawn = figure or figure_of_rows(store, result.partition.protocol, table, frame)
    return {
        **({} if drawn is None else {"figure": dg.MetadataValue.md(drawn)}),
        **({} if table.headline is None else shown_metadata(table.headline(frame))),
    }


def metadata_of(store: Store, result: Result, figure: str | None = None) -> Metadata:
    """Metadata of a table's rows: highlights, first rows, inputs and file; `figure` replaces the rows' own."""
    frame = store.read(result.table, result.partition)
    return {
        **highlights_of(store, result, frame, figure),
        **rows_metadata(result.table, frame),
        **origin_metadata(result.provenance, result.path),
        "reused": result.reused,
        "seconds": round(result.seconds, 3),
    }


def _metadata(probe: Probe, computed: Computed) -> Metadata:
    from skillprobe_core.drawing.small_figures import small_figure

    table, store = computed.result.table, probe.store
    figure = (
        small_figure(store, probe.protocol.digest, table, computed.model, computed.step) if table.partitioned else None
    )
    return metadata_of(store, computed.result, figure)


def _how_models_ran(probe: Probe, computed: Computed) -> Metadata:
    """Where and in which type models were run and the format of their prompts, and why; nothing where none is run."""
    inputs = computed.result.provenance.inputs
    shown: Metadata = {"devices": ", ".join(computed.devices)} if computed.devices else {}
    if "dtype" in inputs:
        shown["number_type"] = f"{probe.number_type.dtype}: {probe.number_type.reason}"
    if "prompts" in inputs:
        shown["prompt_format"] = visible(probe.choice.reason)
    return shown


def _report_base(context: dg.AssetExecutionContext, probe: Probe, base: Computed) -> None:
    """Report the base's rows as a materialisation of its own partition, unless Dagster knows their version."""
    partition, version = f"{base.model}/{base.step}", version_of(base.result)
    latest = context.instance.get_latest_data_version_record(context.asset_key, partition_key=partition)
    known = None if latest is None else extract_data_version_from_entry(latest.event_log_entry)
    if known is not None and known.value == version:
        return
    name = checkpoint_partitions.name
    assert name is not None  # all dynamic partitions made by name have one
    if not context.instance.has_dynamic_partition(name, partition):
        context.instance.add_dynamic_partitions(name, [partition])
    context.log_event(
        dg.AssetMaterialization(
            context.asset_key,
            description=f"Brought up to date for {context.partition_key}, which is compared with it",
            metadata=_metadata(probe, base),
            partition=partition,
            tags={DATA_VERSION_TAG: version},
        )
    )
