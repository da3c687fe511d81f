"""`verdicts`: the judged answers."""

import dagster as dg
import polars as pl

from skillprobe_core.measurements.verdicts import VERDICTS
from skillprobe_core.pipeline.stages.verdicts import STAGE
from skillprobe_dagster.materialise import materialise
from skillprobe_dagster.metadata import Metadata, table_metadata
from skillprobe_dagster.owners import OWNERS
from skillprobe_dagster.partitions import checkpoint_partitions
from skillprobe_dagster.resources import ProjectResource

from .generations import generations
from .items import items


def _headline(frame: pl.DataFrame) -> Metadata:
    counts = frame["verdict"].value_counts(sort=True)
    return {f"{verdict}_share": count / frame.height for verdict, count in counts.iter_rows()}


@dg.asset(
    description=f"{VERDICTS.about}. Loads no model.",
    partitions_def=checkpoint_partitions,
    deps=[generations, items],
    group_name="skills",
    kinds={"polars", "parquet"},
    owners=OWNERS,
    code_version=f"{VERDICTS.version}.{STAGE.code_version}",
    metadata=table_metadata(VERDICTS),
)
def verdicts(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Judge the completions."""
    return materialise(context, project, STAGE, _headline)
