"""The summary tables: each checkpoint's skills, and its accuracy over all of them, divergence and weight change."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from skillprobe_core.benchmark.item_schema import Skill
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.table import Table
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.divergence.outside_line import outside_line
from skillprobe_core.measurements.number_types.number_type_choice import types_used
from skillprobe_core.measurements.parameters.elementwise_stats_table import ELEMENTWISE_STATS
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.parameters.parameter_summary import model_summary
from skillprobe_core.measurements.pilots.base_protocol import pilot_of
from skillprobe_core.measurements.pilots.pilot_in_words import pilot_in_words
from skillprobe_core.measurements.protocols.evaluation_protocol import records
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.terminal import folded, say, say_folded
from skillprobe_core.visible import visible

from .prompt_notes import prompts_used, warnings_for
from .results_in_words import CLAIMS, stored_results_in_words
from .terminal_tables import print_table


def print_summary(store: Store, protocol: str, checkpoints: Sequence[tuple[str, int]]) -> None:
    """Print the summary tables of (model, step) pairs and, below them, each model's last step in words.

    Warnings about prompts, thinking and unfinished completions come first.
    """
    for line in warnings_for(store, protocol, checkpoints):
        say_folded(visible(line))
    rows = summary(store, protocol, checkpoints)
    print_table(rows.select("checkpoint", *Skill), title="Accuracy per skill [95 % interval]")
    say()
    print_table(rows.drop(*Skill), title="Accuracy over all skills, and distance from the base")
    for line in number_type_lines(types_used(store, protocol, checkpoints)):
        say_folded(line)
    for record in records(store):
        if record.protocol == protocol and (pilot := pilot_of(store, record)) is not None:
            say_folded(pilot_in_words(pilot))
            break
    for line in prompts_used(store, protocol, checkpoints):
        say_folded(visible(line))
    last = {model: step for model, step in sorted(checkpoints) if step > 0}
    for model, step in sorted(last.items()):
        divergence = _stored(store, protocol, LOGIT_DIVERGENCE, model, step)
        if divergence is not None and (line := outside_line(divergence)):
            say_folded(f"{model}/{step}: {line}")
    found = stored_results_in_words(store, protocol, sorted(last.items()))
    for one in found:
        say(f"\n{one}")
    if found:
        say(f"\n{folded(CLAIMS)}")


def number_type_lines(used: pl.DataFrame) -> list[str]:
    """Say in which number types checkpoints were run, from rows of `types_used`; first of all where these differ."""
    types = (
        used.drop_nulls("dtype")
        .group_by("dtype", maintain_order=True)
        .agg(pl.format("{}/{}", "model", "step").alias("checkpoints"), pl.col("reason").drop_nulls().first())
    )
    lines = []
    if types.height > 1:
        lines.append("warning: these checkpoints were run in different number types; compare them with care")
    for dtype, checkpoints, reason in types.iter_rows():
        which = f" of {', '.join(checkpoints)}" if types.height > 1 else ""
        lines.append(f"Number type{which}: {dtype}" + (f" ({reason})" if reason else ""))
    return lines


def summary(store: Store, protocol: str, checkpoints: Sequence[tuple[str, int]]) -> pl.DataFrame:
    """One row per (model, step); cells of stages that were not run under the protocol of this digest are empty.

    Accuracy per skill with its interval; accuracy among well-formed answers with their share; accuracy among finished
    completions with their share and, in brackets, the overall accuracy if all others are wrong or right; forward KL on
    reference text in nats per token; relative Frobenius norm of the weight change; update sparsity.
    """
    return pl.DataFrame([_row(store, protocol, model, step) for model, step in checkpoints])


def _row(store: Store, protocol: str, model: str, step: int) -> dict[str, str | float | None]:
    row: dict[str, str | float | None] = {"checkpoint": f"{model}/{step}"}
    scores = _stored(store, protocol, SKILL_SCORES, model, step)
    for skill in [*Skill, "all"]:
        row[skill] = None
        if scores is not None:
            of_skill = scores.filter((pl.col("skill") == skill) & (pl.col("domain") == "all") & (pl.col("level") == 0))
            for accuracy, low, high in of_skill.select("accuracy", "accuracy_low", "accuracy_high").iter_rows():
                row[skill] = f"{accuracy:.2f} [{low:.2f}, {high:.2f}]"
    row["well-formed"] = None if scores is None else _well_formed(scores)
    row["finished"] = None if scores is None else _finished(scores)
    row |= {"forward KL": None, "relative norm": None, "update sparsity": None}
    divergence = _stored(store, protocol, LOGIT_DIVERGENCE, model, step)
    if divergence is not None:
        text = divergence.filter(text="reference")
        row["forward KL"] = mean_forward_kl(text)
    weights = _stored(store, protocol, PARAMETER_STATS, model, step)
    if weights is None:  # without spectra, which come later
        weights = _stored(store, protocol, ELEMENTWISE_STATS, model, step)
    if weights is not None:
        whole = model_summary(weights.filter(compared_with="base"), ["model"]).row(0, named=True)
        row["relative norm"], row["update sparsity"] = whole["relative_norm"], whole["sparsity_relative"]
    return row


def _well_formed(scores: pl.DataFrame) -> str | None:
    """Accuracy among all well-formed answers, with their share of all; None if there are none."""
    (row,) = scores.filter(skill="all", domain="all", level=0).iter_rows(named=True)
    if row["well_formed_accuracy"] is None:
        return None
    return f"{row['well_formed_accuracy']:.2f} of {row['well_formed'] / row['samples']:.0%}"


def _finished(scores: pl.DataFrame) -> str | None:
    """Accuracy among finished completions with their share, and its bounds over all; None without unfinished ones."""
    (row,) = scores.filter(skill="all", domain="all", level=0).iter_rows(named=True)
    if row["finished_rate"] is None or row["finished_rate"] == 1:
        return None
    low, high = row["accuracy_unfinished_wrong"], row["accuracy_unfinished_right"]
    among = "-" if row["finished_accuracy"] is None else f"{row['finished_accuracy']:.2f}"
    return f"{among} of {row['finished_rate']:.0%} [{low:.2f}, {high:.2f}]"


def mean_forward_kl(divergence: pl.DataFrame) -> float | None:
    """Mean of the forward KL over all tokens of the texts, in nats; None without texts."""
    mean = divergence.select((pl.col("forward_kl") * pl.col("tokens")).sum() / pl.col("tokens").sum()).item()
    return None if divergence.is_empty() else float(mean)


def _stored(store: Store, protocol: str, table: Table, model: str, step: int) -> pl.DataFrame | None:
    part = Partition.checkpoint(model, step, protocol)
    return store.read(table, part) if store.provenance(table, part) else None
