"""`parameter_stats`: statistics of the weights and their change."""

import dagster as dg
import polars as pl

from skillprobe_core.measurements.parameter_stats import PARAMETER_STATS
from skillprobe_core.parameters.summary import model_summary
from skillprobe_core.pipeline.stages.parameter_stats import STAGE
from skillprobe_dagster.materialise import materialise
from skillprobe_dagster.metadata import Metadata, table_metadata
from skillprobe_dagster.owners import OWNERS
from skillprobe_dagster.partitions import checkpoint_partitions
from skillprobe_dagster.resources import ProjectResource

from .base_spectra import base_spectra
from .checkpoints import checkpoints, previous, reference


def _headline(frame: pl.DataFrame) -> Metadata:
    whole = model_summary(frame.filter(pl.col("reference") == "base")).filter(pl.col("scope") == "model")
    names = ("relative_norm", "cosine", "sparsity_relative", "sparsity_bf16", "spectral_drift")
    row = whole.row(0, named=True)
    return {name: row[name] for name in names if row[name] is not None} | _since_previous(frame)


def _since_previous(frame: pl.DataFrame) -> Metadata:
    """Agreement of this update with the previous checkpoint's: means over tensors, weighted by their elements."""
    rows = frame.filter(pl.col("reference") == "previous", pl.col("update_jaccard").is_not_null())
    if rows.is_empty():
        return {}
    names = ("update_cosine", "update_jaccard", "update_jaccard_chance")
    means = rows.select((pl.col(*names) * pl.col("elements")).sum() / pl.col("elements").sum())
    return {"previous_step": rows["reference_step"][0], **means.row(0, named=True)}


@dg.asset(
    description=f"{PARAMETER_STATS.about}. Weights are streamed; no model is loaded.",
    partitions_def=checkpoint_partitions,
    deps=[checkpoints, reference, previous, base_spectra],
    group_name="mechanisms",
    kinds={"numpy", "parquet"},
    owners=OWNERS,
    code_version=f"{PARAMETER_STATS.version}.{STAGE.code_version}",
    metadata=table_metadata(PARAMETER_STATS),
    pool="weights",
)
def parameter_stats(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Compare the weights with the base's and with the previous checkpoint's."""
    return materialise(context, project, STAGE, _headline)
