"""The `logit_divergence` table: divergence of the output distribution from the base's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Check, Figure, Finding, Grid, Shown
from skillprobe_core.engine.table import ITEM_KEYS, PROTOCOL_KEYS, Column, Table
from skillprobe_core.engine.up_to_date import write_rows
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.needs import BASE, CHECKPOINT, ITEMS, PROMPTS, base_rows, rows_if, setting
from skillprobe_core.plugins import Live

from .divergence_measure import EARLIER
from .divergence_registry import OF_ITEMS, figure_titles, headline_measures, item_columns, lower_bounds
from .outside_line import outside_line

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


DIVERGENCE_NEEDS = (
    CHECKPOINT,
    BASE,
    ITEMS,
    PROMPTS,
    setting("dtype", lambda probe: probe.number_type.dtype),
    # The name of this input is part of stored data versions: another one would make all rows stale.
    setting("sources", lambda probe: ", ".join(probe.settings.divergence.texts)),
    base_rows(GENERATIONS, when=lambda probe: "base" in probe.settings.divergence.texts),
    rows_if(GENERATIONS, lambda probe: "own" in probe.settings.divergence.texts),
)
"""Inputs of the divergences by item and by token: one pass gives both."""


def _compute(probe: Probe) -> pl.DataFrame:
    from .measure_divergence import measure
    from .token_divergence_table import TOKEN_DIVERGENCE

    found = measure(probe, with_tokens=TOKEN_DIVERGENCE.enabled(probe))
    if found.tokens is not None:
        # The same pass gave the token rows. Stored as that table's own, they spare it a pass.
        write_rows(TOKEN_DIVERGENCE, probe, found.tokens)
    return found.items


def _headline(frame: pl.DataFrame) -> Shown:
    # Per token, not per item: weighted by each item's number of tokens. Different texts are never mixed.
    shown = headline_measures()
    means = (
        frame.group_by("text")
        .agg((pl.col(*shown) * pl.col("tokens")).sum() / pl.col("tokens").sum(), pl.col("tokens").sum())
        .sort("text")
    )
    line = outside_line(frame)
    return {
        "mean_per_token": Grid(means, dict.fromkeys(shown, ".3g")),
        **{f"forward_kl_{text}": kl for text, kl in means.select("text", "forward_kl").iter_rows()},
        **({"not_compared": line} if line else {}),
    }


def _figure(divergence: pl.DataFrame, *_: object) -> tuple[str, str]:
    from skillprobe_core.drawing.svg import Line, Panel, line_panels
    from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
    from skillprobe_core.measurements.study.checkpoint_measures import checkpoint_measures

    measures = checkpoint_measures(
        divergence, pl.DataFrame(schema=PARAMETER_STATS.polars_schema), divergence["item_set"][0]
    )
    panels = []
    for name, title in figure_titles().items():
        of_measure = measures.filter(pl.col("measure") == name).sort("step")
        if of_measure.height:
            panels.append(Panel(title, [Line("value", of_measure["step"].to_list(), of_measure["value"].to_list())]))
    return line_panels(panels), "divergence from the base on reference text, mean per token, over steps"


def _divergences_are_finite(_: Probe, frame: pl.DataFrame) -> Finding:
    frame = frame.filter(pl.col("tokens") > 0)
    sound = pl.all_horizontal(
        pl.col(name).is_finite() & (pl.col(name) >= least) & pl.col(name).is_not_null()
        for name, least in lower_bounds().items()
    )
    broken = frame.filter(~sound)
    return Finding(
        broken.is_empty(),
        f"{broken.height} of {frame.height} rows have a divergence that is negative or not finite",
        {"rows": broken.height, "items": ", ".join(broken["item_id"].head(10))},
    )


LOGIT_DIVERGENCE = Table(
    name="logit_divergence",
    version=5,
    readable_since=4,
    about="One row per item and text: divergence of the checkpoint (q) from its base (p) on the same tokens",
    key=("model", "step", "protocol", "item_set", "item_id", "text"),
    columns=Live(
        lambda: (
            *PROTOCOL_KEYS,
            *ITEM_KEYS,
            Column(
                "text",
                pl.String,
                "Whose text: reference (the item's), base or own; never mix them",
                formerly="text_source",
            ),
            Column("dtype", pl.String, "Number type that both models were run in (see `number_types`)"),
            Column("tokens", pl.Int32, "Measured completion tokens of all samples, including end tokens", "tokens"),
            Column(
                "tokens_left_out",
                pl.Int32,
                "Completion tokens that only one of the models has, which are not measured",
                "tokens",
                may_be_null=EARLIER,
            ),
            Column("vocabulary", pl.Int32, "Output tokens of both models; all measures are exact over them", "tokens"),
            Column("vocabulary_left_out", pl.Int32, "Logits of either model for other tokens or for padding", "tokens"),
            *item_columns(),
        )
    ),
    more="Exact over the whole vocabulary.",
    needs=(*DIVERGENCE_NEEDS, OF_ITEMS),
    compute=_compute,
    code_version="4",
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
