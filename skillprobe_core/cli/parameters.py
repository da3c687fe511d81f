"""`skillprobe parameters`: how far a checkpoint's weights moved, summed up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .overlap import By

# What is shown unless measures are named; every one of them goes to a file.
SHOWN = (
    "elements", "relative_norm", "cosine_distance", "sparsity_relative", "sparsity_bf16", "spectral_drift",
    "delta_rank_share", "left_angle_mean", "right_angle_mean", "alpha",
)  # fmt: skip


def parameters(
    checkpoint: Annotated[str, typer.Argument(help="MODEL@STEP (or MODEL/STEP) of a probed checkpoint.")],
    by: Annotated[By, typer.Option(help="What a row stands for.")] = By.COMPONENT,
    reference: Annotated[str, typer.Option(help="base, or previous: the checkpoint before.")] = "base",
    measure: Annotated[list[str] | None, typer.Option(help="A measure to show; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="CSV or Parquet file for all measures.")] = None,
) -> None:
    """Show how the weights moved: norms, sparsity, spectrum, rotation, by component, layer, tensor or as a whole."""
    from skillprobe_core.checkpoints.checkpoint import parse_key
    from skillprobe_core.errors import SettingsError
    from skillprobe_core.parameters.summary import model_summary
    from skillprobe_core.pipeline.project import Project
    from skillprobe_core.report.tables import print_table
    from skillprobe_core.store.parquet import Partition
    from skillprobe_core.store.tables.parameter_stats import PARAMETER_STATS

    partition = Partition.checkpoint(*parse_key(checkpoint.replace("@", "/")))
    tensors = Project.open().store.read(PARAMETER_STATS, partition)
    rows = tensors if by is By.TENSOR else model_summary(tensors).filter(scope=by.value)
    rows = rows.filter(reference=reference)
    if rows.is_empty():
        known = ", ".join(tensors["reference"].unique().sort())
        raise SettingsError(f"{checkpoint} was not compared with {reference!r}", remedy=f"take --reference {known}")
    unknown = set(measure or ()) - set(rows.columns)
    if unknown:
        raise SettingsError(f"there is no measure {', '.join(sorted(unknown))}", remedy=f"take of {rows.columns}")
    if out is not None:
        if out.suffix == ".parquet":
            rows.write_parquet(out)
        else:
            rows.drop("shape", strict=False).write_csv(out)
        say(f"{rows.height} rows and {rows.width} columns in {visible(out)}")
        return
    keys = [] if by is By.MODEL else [by.value]
    print_table(
        rows.select(list(dict.fromkeys([*keys, *(measure or SHOWN)]))), title=f"{checkpoint} beside its {reference}"
    )
