"""`skillprobe parameters`: summary of a checkpoint's weight changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .overlap_command import By


def parameters(
    checkpoint: Annotated[str, typer.Argument(help="MODEL@STEP (or MODEL/STEP) of a probed checkpoint.")],
    by: Annotated[By, typer.Option(help="Grouping of the rows.")] = By.COMPONENT,
    compared_with: Annotated[str, typer.Option(help="base, or previous (the checkpoint before).")] = "base",
    measure: Annotated[list[str] | None, typer.Option(help="Measure to show; repeat for more.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="CSV or Parquet file for all measures.")] = None,
    reference: Annotated[str | None, typer.Option(hidden=True, help="The former name of --compared-with.")] = None,
) -> None:
    """Show how the weights changed: norms, sparsity, spectrum, rotation, by component, layer, tensor or as a whole."""
    from skillprobe_core.engine.store import Partition
    from skillprobe_core.errors import SettingsError
    from skillprobe_core.measurements.parameters.elementwise_stats_table import ELEMENTWISE_STATS
    from skillprobe_core.measurements.parameters.left_out import left_out
    from skillprobe_core.measurements.parameters.parameter_registry import shown_measures
    from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
    from skillprobe_core.measurements.parameters.parameter_summary import model_summary, with_every_measure
    from skillprobe_core.measurements.parameters.spectra_sample import sample_line
    from skillprobe_core.project.project import Project
    from skillprobe_core.runs.checkpoint import parse_key
    from skillprobe_core.show.report.terminal_tables import print_table

    if reference is not None:
        say("note: --reference is now --compared-with; the next release drops the old name", err=True)
        compared_with = reference
    partition = Partition.checkpoint(*parse_key(checkpoint))
    store = Project.open().store
    early = not store.path(PARAMETER_STATS, partition).exists() and store.path(ELEMENTWISE_STATS, partition).exists()
    tensors = store.read(ELEMENTWISE_STATS if early else PARAMETER_STATS, partition)
    if early:
        tensors = with_every_measure(tensors)
        say("note: the spectra of this checkpoint were not computed yet", err=True)
    rows = tensors if by is By.TENSOR else model_summary(tensors, (by.value,))
    rows = rows.filter(compared_with=compared_with)
    if rows.is_empty():
        known = ", ".join(tensors["compared_with"].unique().sort())
        raise SettingsError(
            f"{checkpoint} was not compared with {compared_with!r}",
            remedy=f"use --compared-with with one of: {known}",
        )
    unknown = set(measure or ()) - set(rows.columns)
    if unknown:
        raise SettingsError(
            f"unknown measure {', '.join(sorted(unknown))}",
            remedy=f"use --measure with one of: {', '.join(rows.columns)}",
        )
    if out is not None:
        if out.suffix == ".parquet":
            rows.write_parquet(out)
        else:
            rows.drop("shape", strict=False).write_csv(out)
        say(f"{rows.height} rows and {rows.width} columns written to {visible(out)}")
        return
    keys = [] if by is By.MODEL else [by.value]
    print_table(
        rows.select(list(dict.fromkeys([*keys, *(measure or ("elements", *shown_measures()))]))),
        title=f"{checkpoint} compared with its {compared_with}",
    )
    compared = tensors.filter(compared_with=compared_with)
    if line := left_out(compared):
        say(f"not compared: {visible(line)}")
    if line := "" if early else sample_line(compared):
        say(f"spectra: {line} (`spectra` under [parameters] in skillprobe.toml)")
