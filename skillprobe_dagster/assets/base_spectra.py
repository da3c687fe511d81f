"""`base_spectra`: spectra of the base's weights, computed once for all checkpoints of all its models."""

import time

import dagster as dg
import polars as pl

from skillprobe_core.measurements.base_spectra import BASE_SPECTRA
from skillprobe_core.pipeline.base_spectra import CODE_VERSION, load_base_spectra, provenance_of
from skillprobe_dagster.materialise import clear_failure
from skillprobe_dagster.metadata import origin_metadata, rows_metadata, table_metadata
from skillprobe_dagster.owners import OWNERS
from skillprobe_dagster.partitions import checkpoint_partitions
from skillprobe_dagster.resources import ProjectResource

from .checkpoints import reference


@dg.asset(
    description=f"{BASE_SPECTRA.about}. The partition is the checkpoint's, since assets depend on each other by equal "
    "partitions; the rows are stored under the base's digest, so that all checkpoints of its models read one file.",
    partitions_def=checkpoint_partitions,
    deps=[reference],
    group_name="mechanisms",
    kinds={"numpy", "parquet"},
    owners=OWNERS,
    code_version=f"{BASE_SPECTRA.version}.{CODE_VERSION}",
    metadata=table_metadata(BASE_SPECTRA),
    pool="weights",
)
def base_spectra(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Compute the base's spectra, or reuse the stored ones."""
    # Imported here, since it needs numpy, which would slow down loading the definitions.
    from skillprobe_core.drawing.spectra_figure import spectra_figure

    started = time.monotonic()
    with clear_failure():
        opened = project.open()
        probe = opened.probe(context.partition_key)
        file, reused = load_base_spectra(probe)
        provenance = provenance_of(probe)
    size = pl.format("{} bytes", pl.col("vectors") * pl.col("columns") * 8).alias("right_vectors")
    shown = pl.scan_parquet(file, hive_partitioning=False, glob=False).with_columns(size).collect()
    figure = spectra_figure(shown)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(provenance.data_version),
        metadata={
            **({} if figure is None else {"figure": dg.MetadataValue.md(figure)}),
            **rows_metadata(BASE_SPECTRA, shown),
            **origin_metadata(provenance, file),
            "reused": reused,
            "seconds": round(time.monotonic() - started, 3),
        },
    )
