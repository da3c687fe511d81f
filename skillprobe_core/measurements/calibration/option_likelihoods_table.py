"""The `option_likelihoods` table: likelihoods of the options of multiple-choice items. Written on request only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import ITEM_KEYS, PROTOCOL_KEYS, Column, Table
from skillprobe_core.measurements.needs import CHECKPOINT, ITEMS, PROMPTS, setting

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def _compute(probe: Probe) -> pl.DataFrame:
    from .score_options import score_options

    return score_options(probe)


OPTION_LIKELIHOODS = Table(
    name="option_likelihoods",
    version=1,
    about="One row per option of a multiple-choice item: its likelihood as the answer right after the prompt",
    key=("model", "step", "protocol", "item_set", "item_id", "option"),
    columns=(
        *PROTOCOL_KEYS,
        *ITEM_KEYS,
        Column("option", pl.String, "The option's letter"),
        Column("log_likelihood", pl.Float64, "Log-likelihood of `Answer: ` and the letter after the prompt", "nats"),
        Column("probability", pl.Float64, "Its share among the item's options: the softmax of log_likelihood"),
        Column("right", pl.Boolean, "True for the right option"),
        Column("dtype", pl.String, "Number type that the model was run in (see `number_types`)"),
    ),
    more="Written if `likelihood` is set under [calibration].",
    needs=(CHECKPOINT, ITEMS, PROMPTS, setting("dtype", lambda probe: probe.number_type.dtype)),
    compute=_compute,
    code_version="2",
    enabled=lambda probe: probe.settings.calibration.likelihood,
    shared_base=True,
    group="skills",
    pool="device",
    kinds=("pytorch", "parquet"),
    asset="calibration",
)
