"""`generations`: the completions of each checkpoint."""

import dagster as dg
import polars as pl

from skillprobe_core.measurements.generations import GENERATIONS
from skillprobe_core.pipeline.stages.generations import STAGE
from skillprobe_dagster.materialise import materialise
from skillprobe_dagster.metadata import Metadata, table_metadata
from skillprobe_dagster.owners import OWNERS
from skillprobe_dagster.partitions import checkpoint_partitions
from skillprobe_dagster.resources import ProjectResource

from .checkpoints import checkpoints
from .items import items


def _headline(frame: pl.DataFrame) -> Metadata:
    return {
        "mean_completion_tokens": frame.select(pl.col("completion_tokens").mean()).item(),
        "truncated_share": frame.select((pl.col("finish_reason") == "length").mean()).item(),
        "backend": ", ".join(frame["backend"].unique().sort()),
    }


@dg.asset(
    description=f"{GENERATIONS.about}. A killed run resumes where it stopped.",
    partitions_def=checkpoint_partitions,
    deps=[checkpoints, items],
    group_name="skills",
    kinds={"pytorch", "parquet"},
    owners=OWNERS,
    code_version=f"{GENERATIONS.version}.{STAGE.code_version}",
    metadata=table_metadata(GENERATIONS),
    pool="device",
)
def generations(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Generate the checkpoint's completions of all items."""
    return materialise(context, project, STAGE, _headline)
