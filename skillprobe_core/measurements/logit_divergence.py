"""The `logit_divergence` table: divergence of the output distribution from the base's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.run import write_rows
from skillprobe_core.engine.shown import Check, Figure, Finding, Grid, Shown
from skillprobe_core.engine.table import CHECKPOINT_KEYS, ITEM_KEYS, Column, Table
from skillprobe_core.measurements.generations import GENERATIONS
from skillprobe_core.measurements.needs import BASE, CHECKPOINT, ITEMS, PROMPTS, base_rows, rows_if, setting

if TYPE_CHECKING:
    from skillprobe_core.pipeline.probe import Probe
    from skillprobe_core.store.parquet import Store


_SHOWN = ("forward_kl", "reverse_kl", "js", "tv", "entropy_change", "top1_agreement")

DIVERGENCE_NEEDS = (
    CHECKPOINT,
    BASE,
    ITEMS,
    PROMPTS,
    setting("dtype", lambda probe: probe.number_type.dtype),
    setting("sources", lambda probe: ", ".join(probe.settings.divergence.sources)),
    base_rows(GENERATIONS, when=lambda probe: "base" in probe.settings.divergence.sources),
    rows_if(GENERATIONS, lambda probe: "own" in probe.settings.divergence.sources),
)
"""Inputs of the divergences by item and by token: one pass gives both."""


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.measurements.token_divergence import TOKEN_DIVERGENCE
    from skillprobe_core.pipeline.divergence import measure

    found = measure(probe, with_tokens=TOKEN_DIVERGENCE.enabled(probe))
    if found.tokens is not None:
        # The same pass gave the token rows. Stored as that table's own, they spare it a pass.
        write_rows(TOKEN_DIVERGENCE, probe, found.tokens)
    return found.items


def _headline(frame: pl.DataFrame) -> Shown:
    # Per token, not per item: weighted by each item's number of tokens. Text sources are never mixed.
    means = (
        frame.group_by("text_source")
        .agg((pl.col(*_SHOWN) * pl.col("tokens")).sum() / pl.col("tokens").sum(), pl.col("tokens").sum())
        .sort("text_source")
    )
    return {
        "mean_per_token": Grid(means, dict.fromkeys(_SHOWN, ".3g")),
        **{f"forward_kl_{source}": kl for source, kl in means.select("text_source", "forward_kl").iter_rows()},
    }


def _figure(_: Store, divergence: pl.DataFrame) -> tuple[str, str]:
    from skillprobe_core.drawing.svg import Line, Panel, line_panels
    from skillprobe_core.measurements.parameter_stats import PARAMETER_STATS
    from skillprobe_core.pipeline.measures import checkpoint_measures

    measures = checkpoint_measures(
        divergence, pl.DataFrame(schema=PARAMETER_STATS.polars_schema), divergence["item_set"][0]
    )
    panels = []
    for name, title in (
        ("forward_kl", "forward KL (nats)"),
        ("js", "JS (nats)"),
        ("moved_share", "share of tokens moved"),
    ):
        of_measure = measures.filter(pl.col("measure") == name).sort("step")
        if of_measure.height:
            panels.append(Panel(title, [Line("value", of_measure["step"].to_list(), of_measure["value"].to_list())]))
    return line_panels(panels), "divergence from the base on reference text, mean per token, over steps"


def _divergences_are_finite(_: Probe, frame: pl.DataFrame) -> Finding:
    measures = ("forward_kl", "reverse_kl", "js", "tv")
    sound = pl.all_horizontal(
        pl.col(*measures).is_finite() & (pl.col(*measures) >= 0) & pl.col(*measures).is_not_null()
    )
    broken = frame.filter(~sound)
    return Finding(
        broken.is_empty(),
        f"{broken.height} of {frame.height} rows have a divergence that is negative or not finite",
        {"rows": broken.height, "items": ", ".join(broken["item_id"].head(10))},
    )


MOVED_TOKEN = pl.Struct(
    {
        "token": pl.String,
        "sample": pl.Int32,
        "position": pl.Int32,
        "base_rank": pl.Int32,
        "checkpoint_rank": pl.Int32,
        "js": pl.Float32,
    }
)

LOGIT_DIVERGENCE = Table(
    name="logit_divergence",
    version=3,
    about="One row per item and text source: divergence of the checkpoint (q) from its base (p) on the same tokens",
    key=("model", "step", "item_set", "item_id", "text_source"),
    columns=(
        *CHECKPOINT_KEYS,
        *ITEM_KEYS,
        Column("text_source", pl.String, "Origin of the text: reference, base or own; never mix them"),
        Column("dtype", pl.String, "Number type that both models were run in (see `number_types`)"),
        Column("tokens", pl.Int32, "Measured completion tokens of all samples, including end tokens", "tokens"),
        Column("vocabulary", pl.Int32, "Output tokens of both models; all measures are exact over them", "tokens"),
        Column("vocabulary_left_out", pl.Int32, "Output tokens of only one model (resized or padded)", "tokens"),
        Column("forward_kl", pl.Float64, "KL(p‖q), mean over the item's tokens; null if it has none", "nats"),
        Column("reverse_kl", pl.Float64, "KL(q‖p), mean over the item's tokens", "nats"),
        Column("js", pl.Float64, "Jensen–Shannon divergence, mean over the item's tokens, at most ln 2", "nats"),
        Column("tv", pl.Float64, "Total variation distance, mean over the item's tokens, at most 1"),
        Column("forward_kl_p50", pl.Float64, "Median of KL(p‖q) over the item's tokens", "nats"),
        Column("forward_kl_p90", pl.Float64, "90 % quantile of KL(p‖q) over the item's tokens", "nats"),
        Column("forward_kl_p99", pl.Float64, "99 % quantile of KL(p‖q) over the item's tokens", "nats"),
        Column("forward_kl_max", pl.Float64, "Largest KL(p‖q) of the item's tokens", "nats"),
        Column("moved_share", pl.Float64, "Share of tokens with a Jensen–Shannon divergence above 0.1 nats"),
        Column("base_entropy", pl.Float64, "Entropy of the base's distribution, mean over the item's tokens", "nats"),
        Column("entropy_change", pl.Float64, "Checkpoint's entropy minus the base's, mean over the tokens", "nats"),
        Column("top1_agreement", pl.Float64, "Share of positions at which both models rank the same token first"),
        Column("top10_overlap", pl.Float64, "Mean share of the ten most probable tokens that both have in common"),
        Column("base_rank", pl.Float64, "Rank of the text's token under the base, minus 1, mean over tokens", "ranks"),
        Column("checkpoint_rank", pl.Float64, "The same under the checkpoint", "ranks"),
        Column("rank_shift", pl.Float64, "The same under the model that did not write the text; null on reference"),
        Column("rank_shift_share", pl.Float64, "Share of tokens that this model does not rank first"),
        Column("base_log_prob", pl.Float64, "log p of the text's token, mean over tokens", "nats"),
        Column("checkpoint_log_prob", pl.Float64, "log q of the text's token, mean over tokens", "nats"),
        Column(
            "k1", pl.Float64, "Sampled estimate of the KL from the text's writer: log-ratio; may be negative", "nats"
        ),
        Column(
            "k3", pl.Float64, "The same with o/w − 1 − log(o/w), w the writer, o the other; null on reference", "nats"
        ),
        Column("moved_most", pl.List(MOVED_TOKEN), "Up to five tokens with the largest change of rank, largest first"),
    ),
    more="Exact over the whole vocabulary.",
    needs=DIVERGENCE_NEEDS,
    compute=_compute,
    code_version="2",
    shared_base=True,
    headline=_headline,
    figure=Figure(_figure),
    checks=(
        Check(
            "divergences_are_finite",
            "Every divergence is a finite number and none is negative.",
            _divergences_are_finite,
            error=True,
        ),
    ),
    group="mechanisms",
    pool="device",
    kinds=("pytorch", "parquet"),
)
