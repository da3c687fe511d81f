"""`representation_shift`: shift of the hidden states from the base's."""

import dagster as dg
import polars as pl

from skillprobe_core.measurements.representation_shift import ALL_LAYERS, REPRESENTATION_SHIFT
from skillprobe_core.pipeline.stages.representation_shift import STAGE
from skillprobe_dagster.materialise import materialise
from skillprobe_dagster.metadata import Metadata, markdown_table, table_metadata
from skillprobe_dagster.owners import OWNERS
from skillprobe_dagster.partitions import checkpoint_partitions
from skillprobe_dagster.resources import ProjectResource

from .checkpoints import checkpoints, reference
from .items import items

_SHOWN = ("cka", "cosine", "pca_shift", "pca_shift_of_mean")


def _headline(frame: pl.DataFrame) -> Metadata:
    means = frame.filter(pl.col("layer") == ALL_LAYERS).select("text_source", "tokens", *_SHOWN).sort("text_source")
    return {"mean_over_layers": markdown_table(means, dict.fromkeys(_SHOWN, ".4g"))}


@dg.asset(
    description=f"{REPRESENTATION_SHIFT.about}; on the benchmark's text and on unrelated prose.",
    partitions_def=checkpoint_partitions,
    deps=[checkpoints, reference, items],
    group_name="mechanisms",
    kinds={"pytorch", "parquet"},
    owners=OWNERS,
    code_version=f"{REPRESENTATION_SHIFT.version}.{STAGE.code_version}",
    metadata=table_metadata(REPRESENTATION_SHIFT),
    pool="device",
)
def representation_shift(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Compare the hidden states with the base's."""
    return materialise(context, project, STAGE, _headline)
