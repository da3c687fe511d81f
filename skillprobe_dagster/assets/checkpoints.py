"""`checkpoints` and `reference`: the identity of a checkpoint, and of the base that it is compared with."""

import dagster as dg
import polars as pl

from skillprobe_core.measurements.checkpoints import CHECKPOINTS
from skillprobe_core.pipeline.stages.checkpoints import STAGE
from skillprobe_core.pipeline.stages.parameter_stats import previous_inputs
from skillprobe_dagster.materialise import clear_failure, materialise
from skillprobe_dagster.metadata import Metadata, table_metadata
from skillprobe_dagster.owners import OWNERS
from skillprobe_dagster.partitions import checkpoint_partitions
from skillprobe_dagster.resources import ProjectResource


def _headline(frame: pl.DataFrame) -> Metadata:
    row = frame.row(0, named=True)
    return {
        "folder": dg.MetadataValue.path(row["path"]),
        "method": row["method"],
        "digest": row["digest"],
        "parameters": row["parameter_count"],
        "dtype": row["dtype"],
    }


@dg.asset(
    description=f"{CHECKPOINTS.about}, readable and compatible with its base. The data version is its digest.",
    partitions_def=checkpoint_partitions,
    group_name="checkpoints",
    kinds={"huggingface", "parquet"},
    owners=OWNERS,
    code_version=f"{CHECKPOINTS.version}.{STAGE.code_version}",
    metadata=table_metadata(CHECKPOINTS),
)
def checkpoints(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Check the checkpoint and record its identity."""
    # The version leaves out the base, so that a changed base makes only the assets that depend on it stale.
    return materialise(context, project, STAGE, _headline, version=lambda provenance: provenance.inputs["checkpoint"])


@dg.asset(
    description="The base that the checkpoint's training started from. The data version is the base's digest: when the "
    "base changes, only the assets that compare with it become stale.",
    partitions_def=checkpoint_partitions,
    group_name="checkpoints",
    kinds={"huggingface"},
    owners=OWNERS,
    code_version="1",
)
def reference(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Record the identity of the base."""
    with clear_failure():
        probe = project.open().probe(context.partition_key)
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
        found = previous_inputs(project.open().probe(context.partition_key))
    digest = found.get("previous", "none")
    return dg.MaterializeResult(
        data_version=dg.DataVersion(digest),
        metadata={"previous_step": found.get("previous_step", "none"), "digest": digest},
    )
