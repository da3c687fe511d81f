"""`skillprobe scores`: accuracy per skill for every stored checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.errors import StoreError
from skillprobe_core.show.trackers import TRACKERS
from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .protocol_option import ProtocolOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from skillprobe_core.engine.store import Store


def scores(
    models: Annotated[list[str] | None, typer.Argument(help="Models to show (default: all).")] = None,
    protocol: ProtocolOption = None,
    by_source: Annotated[
        bool, typer.Option("--by-source", help="Split by the source of the items: procedural, gsm8k, ...")
    ] = False,
    so_far: Annotated[
        bool, typer.Option("--so-far", help="Show the answers of checkpoints whose evaluation is not finished.")
    ] = False,
    log_to: Annotated[
        str | None,
        typer.Option(help=f"Also send the scores to {', '.join(TRACKERS)} or a tracker of a plugin."),
    ] = None,
    log_dir: Annotated[
        Path | None, typer.Option(help="Folder for the tracker's files (default: tracking/ in the store).")
    ] = None,
) -> None:
    """Show accuracy per skill with 95 % intervals, divergence and weight change, checkpoint by checkpoint.

    `well-formed` is the accuracy among well-formed, finished answers and the share of these. If calibration was
    measured, confidence and the responses to unanswerable twins follow; if further readings were made, the share of
    each fall that is format.
    """
    from skillprobe_core.measurements.protocols.judged_items import check_evaluated, judged_items, other_bases
    from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
    from skillprobe_core.project.project import Project
    from skillprobe_core.show.report.calibration_tables import print_calibration
    from skillprobe_core.show.report.format_tables import print_format_shares
    from skillprobe_core.show.report.summary_table import print_summary

    project = Project.open()
    if so_far:
        _print_so_far(project.store, models or (), protocol)
        return
    store, chosen = project.store, project.protocol(protocol, models or ())
    known = store.models(SKILL_SCORES, chosen.protocol)
    items = judged_items(store, chosen.protocol)
    check_evaluated(store, chosen.protocol, models or ())
    wanted = [part for part in store.partitions(SKILL_SCORES, chosen.protocol) if not models or part[0] in models]
    if not wanted:
        raise StoreError(
            "no checkpoint has scores under this protocol yet",
            remedy="evaluate one: skillprobe probe FOLDER, or skillprobe watch; `skillprobe scores --so-far` shows "
            "answers of an evaluation that is not finished",
            path=store.root,
        )
    if by_source:
        _print_by_source(store, chosen.protocol, wanted, items)
        return
    print_summary(store, chosen.protocol, wanted)
    print_calibration(store, chosen.protocol, wanted)
    print_format_shares(store, chosen.protocol, wanted)
    for model, record in other_bases(store, chosen.protocol).items() if not models else ():
        say(f"{model} has another base and other items: skillprobe scores --protocol {record.protocol}")
    if log_to is not None:
        from skillprobe_core.show.trackers import open_tracker
        from skillprobe_core.show.trackers.emit_scores import emit_scores

        folder = log_dir or store.root / "tracking" / log_to
        sent = emit_scores(store, chosen, open_tracker(log_to, folder), models or known)
        say(f"\n{sent} values sent to {log_to} (files in {visible(folder)})")


def _print_so_far(store: Store, models: Sequence[str], protocol: str | None) -> None:
    import polars as pl

    from skillprobe_core.measurements.verdicts.answers_so_far import answers_so_far, summary_so_far
    from skillprobe_core.show.report.terminal_tables import print_table

    wanted = (pl.col("model").is_in(models) if models else pl.lit(True)) & (
        pl.lit(True) if protocol is None else pl.col("protocol") == protocol
    )
    rows = summary_so_far(answers_so_far(store).filter(wanted))
    if rows.is_empty():
        say("no evaluation with answers is open")
        return
    print_table(rows, title="So far: answers of unfinished evaluations, not results")
    say("Short answers finish first. Compare `accuracy` only with `base_accuracy`, which is of the same answers.")


def _print_by_source(store: Store, protocol: str, checkpoints: Sequence[tuple[str, int]], items: pl.DataFrame) -> None:
    import polars as pl

    from skillprobe_core.engine.store import Partition
    from skillprobe_core.measurements.generations.generations_table import GENERATIONS
    from skillprobe_core.measurements.skill_scores.scores_by_source import scores_by_source
    from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
    from skillprobe_core.show.report.terminal_tables import print_table

    parts = []
    for key in checkpoints:
        part = Partition.checkpoint(*key, protocol)
        parts.append(scores_by_source(store.read(VERDICTS, part), items, store.read(GENERATIONS, part)))
    interval = pl.format("[{}, {}]", pl.col("accuracy_low").round(2), pl.col("accuracy_high").round(2))
    rows = pl.concat(parts).filter((pl.col("domain") != "all") & (pl.col("level") == 0) & (pl.col("skill") != "all"))
    shown = rows.select(
        pl.format("{}/{}", "model", "step").alias("checkpoint"), "skill", "domain", "source", "items", "accuracy",
        interval.alias("95 % interval"), "well_formed_accuracy", "well_formed", "chance", "malformed_rate",
        "unparsed_rate",
    )  # fmt: skip
    print_table(shown.sort("skill", "domain", "source", "checkpoint"), title="Accuracy by source", keys=4)
