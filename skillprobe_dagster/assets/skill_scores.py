"""`skill_scores`: accuracies per skill, domain and level."""

import dagster as dg
import polars as pl

from skillprobe_core.measurements.skill_scores import SKILL_SCORES
from skillprobe_core.pipeline.stages.skill_scores import STAGE
from skillprobe_dagster.materialise import materialise
from skillprobe_dagster.metadata import Metadata, markdown_table, table_metadata
from skillprobe_dagster.owners import OWNERS
from skillprobe_dagster.partitions import checkpoint_partitions
from skillprobe_dagster.resources import ProjectResource

from .generations import generations
from .items import items
from .verdicts import verdicts


def _headline(frame: pl.DataFrame) -> Metadata:
    per_skill = frame.filter((pl.col("domain") == "all") & (pl.col("level") == 0)).select(
        "skill", "items", "accuracy", "accuracy_low", "accuracy_high", "chance", "malformed_rate", "unparsed_rate"
    )
    overall = per_skill.filter(pl.col("skill") == "all")
    return {
        "accuracy": float(overall["accuracy"][0]),
        "accuracy_per_skill": markdown_table(per_skill.sort("skill"), dict.fromkeys(per_skill.columns[2:], ".3f")),
    }


@dg.asset(
    description=f"{SKILL_SCORES.about}, each with its Wilson interval.",
    partitions_def=checkpoint_partitions,
    deps=[verdicts, generations, items],
    group_name="skills",
    kinds={"polars", "parquet"},
    owners=OWNERS,
    code_version=f"{SKILL_SCORES.version}.{STAGE.code_version}",
    metadata=table_metadata(SKILL_SCORES),
)
def skill_scores(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Score the verdicts."""
    return materialise(context, project, STAGE, _headline)
