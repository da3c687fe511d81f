"""`logit_divergence`: divergence of the output distribution from the base's."""

import dagster as dg
import polars as pl

from skillprobe_core.measurements.logit_divergence import LOGIT_DIVERGENCE
from skillprobe_core.pipeline.run import run_stage
from skillprobe_core.pipeline.stages import token_divergence
from skillprobe_core.pipeline.stages.logit_divergence import STAGE
from skillprobe_dagster.materialise import clear_failure, materialise
from skillprobe_dagster.metadata import Metadata, markdown_table, table_metadata
from skillprobe_dagster.owners import OWNERS
from skillprobe_dagster.partitions import checkpoint_partitions
from skillprobe_dagster.resources import ProjectResource

from .checkpoints import checkpoints, reference
from .generations import generations
from .items import items

_SHOWN = ("forward_kl", "reverse_kl", "js", "tv", "entropy_change", "top1_agreement")


def _headline(frame: pl.DataFrame) -> Metadata:
    # Per token, not per item: weighted by each item's number of tokens. Text sources are never mixed.
    means = (
        frame.group_by("text_source")
        .agg((pl.col(*_SHOWN) * pl.col("tokens")).sum() / pl.col("tokens").sum(), pl.col("tokens").sum())
        .sort("text_source")
    )
    return {
        "mean_per_token": markdown_table(means, dict.fromkeys(_SHOWN, ".3g")),
        **{f"forward_kl_{source}": kl for source, kl in means.select("text_source", "forward_kl").iter_rows()},
    }


@dg.asset(
    description=f"{LOGIT_DIVERGENCE.about}; exact over the whole vocabulary.",
    partitions_def=checkpoint_partitions,
    deps=[checkpoints, reference, items, generations],
    group_name="mechanisms",
    kinds={"pytorch", "parquet"},
    owners=OWNERS,
    code_version=f"{LOGIT_DIVERGENCE.version}.{STAGE.code_version}",
    metadata=table_metadata(LOGIT_DIVERGENCE),
    pool="device",
)
def logit_divergence(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Measure the divergence from the base, also token by token if enabled in the settings."""
    with clear_failure():
        opened = project.open()
        if opened.settings.divergence.tokens:
            run_stage(token_divergence.STAGE, opened.probe(context.partition_key))
    return materialise(context, project, STAGE, _headline)
