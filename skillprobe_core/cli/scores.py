"""`skillprobe scores`: accuracy per skill for every stored checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from skillprobe_core.store.parquet import Store


def scores(
    models: Annotated[list[str] | None, typer.Argument(help="Models to show (default: all).")] = None,
    item_set: Annotated[str | None, typer.Option(help="Item set to use (default: the one judged last).")] = None,
    by_source: Annotated[
        bool, typer.Option("--by-source", help="Split by the source of the items: procedural, gsm8k, ...")
    ] = False,
    log_to: Annotated[
        str | None, typer.Option(help="Also send the scores to tensorboard, wandb, mlflow or trackio (if installed).")
    ] = None,
    log_dir: Annotated[
        Path | None, typer.Option(help="Folder for the tracker's files (default: tracking/ in the store).")
    ] = None,
) -> None:
    """Show accuracy per skill with 95 % intervals, divergence and weight change, checkpoint by checkpoint."""
    from skillprobe_core.errors import StoreError
    from skillprobe_core.measurements.skill_scores import SKILL_SCORES
    from skillprobe_core.pipeline.judged import judged_items
    from skillprobe_core.pipeline.project import Project
    from skillprobe_core.report.summary import print_summary

    store = Project.open().store
    known = store.models(SKILL_SCORES)
    for model in models or []:
        if model not in known:
            raise StoreError(
                f"the store has no model named {model!r}",
                remedy=f"use one of: {', '.join(known)}" if known else "run `skillprobe probe FOLDER` first",
                path=store.root,
            )
    items = judged_items(store, item_set)
    wanted = [part for part in store.partitions(SKILL_SCORES) if not models or part[0] in models]
    if by_source:
        _print_by_source(store, wanted, items)
        return
    print_summary(store, wanted, str(items["item_set"][0]))
    if log_to is not None:
        from skillprobe_core.report.trackers import open_tracker
        from skillprobe_core.report.trackers.emit import emit_scores

        folder = log_dir or store.root / "tracking" / log_to
        sent = emit_scores(store, open_tracker(log_to, folder), models or known, str(items["item_set"][0]))
        say(f"\n{sent} values sent to {log_to} (files in {visible(folder)})")


def _print_by_source(store: Store, checkpoints: Sequence[tuple[str, int]], items: pl.DataFrame) -> None:
    import polars as pl

    from skillprobe_core.measurements.generations import GENERATIONS
    from skillprobe_core.measurements.verdicts import VERDICTS
    from skillprobe_core.report.tables import print_table
    from skillprobe_core.scoring.by_source import scores_by_source
    from skillprobe_core.store.parquet import Partition

    parts = []
    for key in checkpoints:
        judged = store.read(VERDICTS, Partition.checkpoint(*key))
        if judged["item_set"][0] == items["item_set"][0]:
            parts.append(scores_by_source(judged, items, store.read(GENERATIONS, Partition.checkpoint(*key))))
    interval = pl.format("[{}, {}]", pl.col("accuracy_low").round(2), pl.col("accuracy_high").round(2))
    rows = pl.concat(parts).filter((pl.col("domain") != "all") & (pl.col("level") == 0) & (pl.col("skill") != "all"))
    shown = rows.select(
        pl.format("{}/{}", "model", "step").alias("checkpoint"), "skill", "domain", "source", "items", "accuracy",
        interval.alias("95 % interval"), "chance", "malformed_rate", "unparsed_rate",
    )  # fmt: skip
    print_table(shown.sort("skill", "domain", "source", "checkpoint"), title="Accuracy by source")
