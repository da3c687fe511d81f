"""The assets: one per declared table, and those that stand for a checkpoint's base and predecessor.

Everything that an asset is follows from the table's declaration in `skillprobe_core.measurements`.
"""

import time
from collections.abc import Sequence
from typing import Any

import dagster as dg
import polars as pl
from dagster._core.storage.tags import PARTITION_NAME_TAG, PRIORITY_TAG

from skillprobe_core.engine.digest import digest_of
from skillprobe_core.engine.store import Partition
from skillprobe_core.engine.table import Table
from skillprobe_core.engine.up_to_date import stored_result
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.parameters.elementwise_stats_table import ELEMENTWISE_STATS, previous_inputs
from skillprobe_core.measurements.table_registry import all_tables, study_tables
from skillprobe_core.project.project import Project

from .materialise import clear_failure, highlights_of, materialise, metadata_of
from .metadata import Metadata, markdown_table, table_metadata
from .partitions import checkpoint_partitions
from .resources import ProjectResource

OWNERS = ["team:skillprobe"]

_FILES = ("table", "rows", "file")

_LATE_POOL = "spectra"  # not the pool of earlier tables, whose steps would wait for a slot behind late ones

# A failed checkpoint leaves its partition missing; that must not block the study of the others.
_WHEN_QUIET = dg.AutomationCondition.eager().without(~dg.AutomationCondition.any_deps_missing())

# The study reads all checkpoints, so its time grows with a run: it is not made again after each of them.
_TICK: Any = dg.AutomationCondition.cron_tick_passed("*/10 * * * *")
_NOW_AND_THEN = dg.AutomationCondition.missing() | _TICK.since_last_handled()


def asset_of(tables: Sequence[Table]) -> dg.AssetsDefinition:
    """The asset of a checkpoint's table, and of further tables that are brought up to date with it.

    Args:
        tables: Tables of one asset, in the order of their computation; the asset's own has its name.
    """
    own = next(table for table in tables if table.name == table.asset_name)

    @dg.asset(
        name=own.name,
        description=f"{own.about}. {own.more}".strip(),
        partitions_def=checkpoint_partitions,
        deps=dependencies(tables),
        group_name=own.group,
        kinds=set(own.kinds),
        owners=OWNERS,
        code_version=code_version_of(own),
        metadata=table_metadata(own),
        pool=_LATE_POOL if own.late else own.pool,
        op_tags={PRIORITY_TAG: "-1"} if own.late else None,  # of the steps that are ready, the others go first
    )
    def table_asset(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
        return materialise(context, project, own, tables)

    return table_asset


def code_version_of(table: Table) -> str:
    """Version of the code that computes a table: its own, and digests of the measures that plugins add to it."""
    return ".".join([str(table.version), table.code_version, *filter(None, table.of_code.values())])


def dependencies(tables: Sequence[Table]) -> list[str]:
    """Names of the assets that some tables need, each once."""
    needs = [need for table in tables for need in table.needs]
    named = (need.asset or (need.table.asset_name if need.table else None) for need in needs)
    return [name for name in dict.fromkeys(named) if name and name != tables[0].asset_name]


@dg.asset(
    description=ITEMS.more,
    group_name=ITEMS.group,
    kinds=set(ITEMS.kinds),
    owners=OWNERS,
    code_version=str(ITEMS.version),
    metadata=table_metadata(ITEMS),
)
def items(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Build and freeze the item set, or reuse the stored one."""
    with clear_failure():
        opened = project.of_run(context.run.run_id)
        if opened.settings.items.by_base:
            return _items_of_bases(context, project, opened)
        item_set = opened.evaluation.item_set
        found = stored_result(ITEMS, opened.store, Partition.item_set(item_set))
        return dg.MaterializeResult(data_version=dg.DataVersion(item_set), metadata=metadata_of(opened.store, found))


def _items_of_bases(
    context: dg.AssetExecutionContext, project: ProjectResource, opened: Project
) -> dg.MaterializeResult[None]:
    """The item set of the base of the run's partition, else those of the bases of all configured runs.

    The data version follows the settings alone: another base has another item set, not another version of it.
    """
    from skillprobe_core.measurements.items.wanted_items import recipe
    from skillprobe_core.measurements.pilots.run_pilot import recipe_of_pilot

    key = context.run.tags.get(PARTITION_NAME_TAG)
    keys = [key] if key else [f"{run.model}/0" for run in opened.settings.runs]
    sets = {each: project.probe(context.run.run_id, each).item_set for each in keys}
    metadata: Metadata = {}
    for item_set in dict.fromkeys(sets.values()):
        metadata |= metadata_of(opened.store, stored_result(ITEMS, opened.store, Partition.item_set(item_set)))
    version = digest_of(recipe(opened.settings.items, opened.store), recipe_of_pilot(opened.settings))[:16]
    return dg.MaterializeResult(
        data_version=dg.DataVersion(version), metadata={**metadata, "item_sets": dg.MetadataValue.json(sets)}
    )


@dg.asset(
    description="The base that the checkpoint's training started from. The data version is the base's digest: when the "
    "base changes, only the assets that compare with it become stale.",
    partitions_def=checkpoint_partitions,
    group_name="checkpoints",
    kinds={"huggingface"},
    owners=OWNERS,
    code_version="1",
)
def base(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Record the identity of the base."""
    with clear_failure():
        probe = project.probe(context.run.run_id, context.partition_key)
        digest = probe.base_identity.digest
    return dg.MaterializeResult(
        data_version=dg.DataVersion(digest),
        metadata={"base": probe.base.key, "folder": dg.MetadataValue.path(probe.base.path), "digest": digest},
    )


@dg.asset(
    description="The previous checkpoint of the same run, with which weights are also compared. The data version is "
    "its digest (`none` for the first): when it is rewritten, the assets that compare with it become stale.",
    partitions_def=checkpoint_partitions,
    group_name="checkpoints",
    kinds={"huggingface"},
    owners=OWNERS,
    code_version="1",
)
def previous(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Record the identity of the previous checkpoint."""
    with clear_failure():
        found = previous_inputs(project.probe(context.run.run_id, context.partition_key), ELEMENTWISE_STATS)
    digest = found.get("previous", "none")
    return dg.MaterializeResult(
        data_version=dg.DataVersion(digest),
        metadata={"previous_step": found.get("previous_step", "none"), "digest": digest},
    )


@dg.asset(
    description="Analysis of all checkpoints together, as tables: tests adjusted over cells and steps, the step at "
    "which each skill changed lastingly, the cost of the gain (Pareto front, comparison at matched gain), transfer, "
    "and predictors of forgetting. Models and targets are set under [study] in skillprobe.toml.",
    deps=[name for name in dependencies(study_tables()) if name != ITEMS.name],
    group_name="study",
    kinds={"polars", "parquet"},
    owners=OWNERS,
    code_version=".".join(str(table.version) for table in study_tables()),
    metadata={"tables": ", ".join(table.name for table in study_tables())},
    automation_condition=_WHEN_QUIET & _NOW_AND_THEN,
)
def study(project: ProjectResource) -> dg.MaterializeResult[None]:
    """Analyse the stored checkpoints."""
    from skillprobe_core.measurements.protocols.judged_items import judged_items
    from skillprobe_core.measurements.study.study_subject import write_study

    with clear_failure():
        opened = project.open()
        protocol, settings = opened.protocol().protocol, opened.settings.study
        margin = opened.settings.tests.collapse_margin
        items = judged_items(opened.store, protocol)
        found = write_study(opened.store, protocol, settings.models, items, settings.targets, margin)
        shown: Metadata = {}
        for result in found.results:
            shown |= highlights_of(opened.store, result, found.frames[result.table.name])
    files = [(result.table.name, result.rows, str(result.path)) for result in found.results]
    return dg.MaterializeResult(
        data_version=dg.DataVersion(found.version),
        metadata={
            **shown,
            "tables": markdown_table(pl.DataFrame(files, _FILES, orient="row")),
            "computed_from": dg.MetadataValue.json({r.table.name: dict(r.provenance.inputs) for r in found.results}),
            "dagster/row_count": sum(result.rows for result in found.results),
            "reused": found.reused,
            "seconds": round(found.seconds, 3),
        },
    )


@dg.asset(
    description="The report: one HTML file that needs no network. It uses the settings of the study.",
    deps=[study],
    group_name="study",
    kinds={"plotly", "html"},
    owners=OWNERS,
    code_version="1",
    automation_condition=_WHEN_QUIET & _NOW_AND_THEN,
)
def report(project: ProjectResource) -> dg.MaterializeResult[None]:
    """Write the report to `report.html` in the store's folder."""
    from skillprobe_core.show.report.report_html import write_report

    started = time.monotonic()
    with clear_failure():
        opened = project.open()
        settings = opened.settings.study
        page = write_report(
            opened.store,
            opened.store.root / "report.html",
            settings.models,
            opened.protocol(),
            settings.targets,
            opened.settings.tests.collapse_margin,
        )
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(page),
            "open": dg.MetadataValue.url(page.as_uri()),
            "megabytes": round(page.stat().st_size / 1e6, 2),
            "seconds": round(time.monotonic() - started, 3),
        }
    )


def _per_checkpoint() -> list[dg.AssetsDefinition]:
    named: dict[str, list[Table]] = {}
    for table in all_tables():
        if table.asset_name and table.group not in {None, ITEMS.group, "study"}:
            named.setdefault(table.asset_name, []).append(table)
    return [asset_of(tables) for tables in named.values()]


ASSETS: Sequence[dg.AssetsDefinition] = (items, base, previous, *_per_checkpoint())
"""The assets that the job of a checkpoint materialises."""

LATE: Sequence[dg.AssetKey] = tuple(
    dg.AssetKey(table.name) for table in all_tables() if table.late and table.name == table.asset_name
)
"""The assets for which nothing waits: the sensor requests them in a run of their own, after the others."""

SUMMARIES: Sequence[dg.AssetsDefinition] = (study, report)
"""The assets that are materialised when checkpoints have been probed and no run is in progress."""
