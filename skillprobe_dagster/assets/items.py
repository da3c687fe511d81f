"""`items`: the item set that every checkpoint is evaluated on."""

import time

import dagster as dg
import polars as pl

from skillprobe_core.measurements.items import ITEMS
from skillprobe_core.pipeline.items import load_items
from skillprobe_core.store.parquet import Partition
from skillprobe_dagster.materialise import clear_failure
from skillprobe_dagster.metadata import markdown_table, origin_metadata, rows_metadata, table_metadata
from skillprobe_dagster.owners import OWNERS
from skillprobe_dagster.resources import ProjectResource


@dg.asset(
    description="The item set described in the settings: built once, frozen, and checked on every read.",
    group_name="benchmark",
    kinds={"python", "parquet"},
    owners=OWNERS,
    code_version=str(ITEMS.version),
    metadata=table_metadata(ITEMS),
)
def items(project: ProjectResource) -> dg.MaterializeResult[None]:
    """Build and freeze the item set, or reuse the stored one."""
    started = time.monotonic()
    with clear_failure():
        opened = project.open()
        frame = load_items(opened.settings.items, opened.store)
        item_set = str(frame["item_set"][0])
        part = Partition.item_set(item_set)
        provenance = opened.store.provenance(ITEMS, part)
        assert provenance is not None  # load_items has just written or read it
    return dg.MaterializeResult(
        data_version=dg.DataVersion(item_set),
        metadata={
            "item_set": item_set,
            "items_per_cell": _per_cell(frame),
            "kinds": frame["kind"].n_unique(),
            **rows_metadata(ITEMS, frame),
            **origin_metadata(provenance, opened.store.path(ITEMS, part)),
            "seconds": round(time.monotonic() - started, 3),
        },
    )


def _per_cell(frame: pl.DataFrame) -> dg.MarkdownMetadataValue:
    counts = frame.group_by("skill", "domain").len().pivot("domain", index="skill", values="len", sort_columns=True)
    return markdown_table(counts.sort("skill"))
