"""The `generations` table: the checkpoints' completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.benchmark.fair_reading import READING, fair
from skillprobe_core.engine.presentation import Figure, Shown
from skillprobe_core.engine.table import ITEM_KEYS, PROTOCOL_KEYS, Column, Table
from skillprobe_core.measurements.needs import CHECKPOINT, ITEMS, PROMPTS, SAMPLING, setting
from skillprobe_core.models.backend import CUT_REASONS

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def _compute(probe: Probe) -> pl.DataFrame:
    from .generate_answers import generated

    return generated(probe)


def _headline(frame: pl.DataFrame) -> Shown:
    frame = fair(frame)
    return {
        "mean_completion_tokens": frame.select(pl.col("completion_tokens").mean()).item(),
        "truncated_share": frame.select((pl.col("finish_reason").is_in(CUT_REASONS)).mean()).item(),
        "backend": ", ".join(frame["backend"].unique().sort()),
    }


def _figure(generations: pl.DataFrame, *_: object) -> tuple[str, str]:
    from skillprobe_core.drawing.svg import Line, Panel, line_panels

    rows = (
        fair(generations)
        .group_by("step")
        .agg(
            pl.col("completion_tokens").mean().alias("length"),
            (pl.col("finish_reason").is_in(CUT_REASONS)).mean().alias("cut"),
        )
        .sort("step")
    )
    steps = rows["step"].to_list()
    panels = [
        Panel("mean tokens of a completion", [Line("value", steps, rows["length"].to_list())]),
        Panel("share cut at token limit", [Line("value", steps, rows["cut"].to_list())], top=1.0),
    ]
    return line_panels(panels), "length of completions and share cut at the token limit, over steps"


GENERATIONS = Table(
    name="generations",
    version=4,
    about="One row per item, sample and reading: the checkpoint's completion",
    key=("model", "step", "protocol", "item_set", "item_id", "sample", "reading"),
    columns=(
        *PROTOCOL_KEYS,
        *ITEM_KEYS,
        Column("sample", pl.Int32, "Number of the sample, from 0"),
        READING,
        Column("completion", pl.String, "The answer: the text generated after prompt and reasoning, no special tokens"),
        Column(
            "reasoning",
            pl.String,
            "Reasoning of a thinking model before the answer, with its markers; null if none",
            may_be_null="the model does not think",
        ),
        Column(
            "finish_reason",
            pl.String,
            "stop (an end token), stop_text, length (the token limit), loop (a repetition) or too_long (the prompt "
            "leaves no room)",
        ),
        Column("prompt_tokens", pl.Int32, "Length of the prompt", "tokens"),
        Column("completion_tokens", pl.Int32, "Generated tokens, including reasoning and end token", "tokens"),
        Column("reasoning_tokens", pl.Int32, "Number of these that are reasoning, including its markers", "tokens"),
        Column(
            "completion_ids",
            pl.List(pl.Int32),
            "Ids of the generated tokens, as sampled; null if a server did not report them",
            may_be_null="the server did not report them",
        ),
        Column("backend", pl.String, "Backend that ran the model"),
        Column(
            "dtype",
            pl.String,
            "Number type that the model was run in (see `number_types`); null if a server chose it",
            may_be_null="a server chose it",
        ),
        Column("sampling", pl.String, "Sampling settings as canonical JSON"),
        Column("seed", pl.Int64, "Seed of the row; null for greedy decoding", may_be_null="decoding is greedy"),
        Column("prompt_digest", pl.String, "Digest of the token ids sent (first 16 hexadecimal digits)"),
    ),
    more="A killed run resumes where it stopped.",
    needs=(
        CHECKPOINT,
        ITEMS,
        PROMPTS,
        SAMPLING,
        setting("backend", lambda probe: probe.settings.compute.backend),
        setting("dtype", lambda probe: probe.number_type.dtype),
    ),
    compute=_compute,
    code_version="2",
    shared_base=True,
    headline=_headline,
    figure=Figure(_figure),
    group="skills",
    pool="device",
    kinds=("pytorch", "parquet"),
)
