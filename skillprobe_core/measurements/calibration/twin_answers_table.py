"""The `twin_answers` table: completions of unanswerable twins. Written on request only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import ITEM_KEYS, PROTOCOL_KEYS, Column, Table
from skillprobe_core.measurements.needs import CHECKPOINT, ITEMS, PROMPTS, SAMPLING, setting

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def _compute(probe: Probe) -> pl.DataFrame:
    from .answer_twins import answer_twins

    return answer_twins(probe)


TWIN_ANSWERS = Table(
    name="twin_answers",
    version=1,
    about="One row per unanswerable twin and sample: the item without one of its premises, and the completion",
    key=("model", "step", "protocol", "item_set", "item_id", "sample"),
    columns=(
        *PROTOCOL_KEYS,
        *ITEM_KEYS,
        Column("sample", pl.Int32, "Number of the sample, from 0"),
        Column("skill", pl.String, "Skill of the item"),
        Column("domain", pl.String, "Domain of the item"),
        Column("kind", pl.String, "Kind of the item"),
        Column("level", pl.Int8, "Level of the item"),
        Column("removed", pl.String, "The premise that was removed"),
        Column("prompt", pl.String, "The question without it"),
        Column("completion", pl.String, "The answer"),
        Column(
            "response",
            pl.String,
            "recognised (the final answer is that the question cannot be answered), answered (a value is given) or "
            "unread (neither was found)",
        ),
        Column("finish_reason", pl.String, "As in `generations`"),
        Column("completion_tokens", pl.Int32, "Generated tokens, including reasoning and end token", "tokens"),
        Column("backend", pl.String, "Backend that ran the model"),
    ),
    more="Written if `twins` is set under [calibration]. No score and no test of accuracy counts them.",
    needs=(
        CHECKPOINT,
        ITEMS,
        PROMPTS,
        SAMPLING,
        setting("backend", lambda probe: probe.settings.compute.backend),
        setting("dtype", lambda probe: probe.number_type.dtype),
        setting("twins", lambda probe: str(probe.settings.calibration.twins)),
    ),
    compute=_compute,
    enabled=lambda probe: probe.settings.calibration.twins > 0,
    shared_base=True,
    group="skills",
    pool="device",
    kinds=("pytorch", "parquet"),
    asset="calibration",
)
