"""The `noise_floor` table: differences between runs of the same weights. Written only by `skillprobe noise`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import PROTOCOL_KEYS, Column, Table
from skillprobe_core.measurements.divergence.divergence_registry import OF_NOISE, noise_columns
from skillprobe_core.measurements.needs import CHECKPOINT, ITEMS, PROMPTS, setting
from skillprobe_core.plugins import Live

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def _sampling(probe: Probe) -> str:
    from .measure_noise import greedy

    return greedy(probe).canonical()


def _conditions(probe: Probe) -> str:
    from .measure_noise import conditions

    # Stored data versions hold the former name of the baseline; another name would make all rows stale.
    first, *others = conditions(probe)
    named = [("reference", first), *((each.name, each) for each in others)]
    return ", ".join(f"{name}:{each.backend}:{each.dtype}" for name, each in named)


def _compute(probe: Probe) -> pl.DataFrame:
    from .measure_noise import measure_noise

    return measure_noise(probe)


NOISE_FLOOR = Table(
    name="noise_floor",
    version=2,
    about="One row per variation and skill: one checkpoint evaluated again under conditions that should change nothing",
    key=("model", "step", "protocol", "item_set", "variation", "skill"),
    columns=Live(
        lambda: (
            *PROTOCOL_KEYS,
            Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
            Column("variation", pl.String, "Varied condition: repeat, batch 1, batch 7, a type, or a backend"),
            Column("skill", pl.String, "The skill, or `all`"),
            Column("backend", pl.String, "Backend under the variation"),
            Column(
                "baseline_backend",
                pl.String,
                "Backend of the baseline, the usual conditions, with which it is compared",
                formerly="reference_backend",
            ),
            Column("n", pl.Int32, "Number of answers compared", "completions"),
            Column("flips", pl.Int32, "Answers that are correct on one side only", "completions"),
            Column("flip_rate", pl.Float64, "Share of answers that are correct on one side only"),
            Column("flip_rate_high", pl.Float64, "Upper end of the 95 % Wilson interval of flip_rate"),
            Column("accuracy_change", pl.Float64, "Accuracy under the variation minus the baseline's"),
            Column(
                "accuracy_floor", pl.Float64, "Change of accuracy that flips at flip_rate explain: 1.96 √(flip_rate/n)"
            ),
            Column("same_share", pl.Float64, "Share of answers with identical tokens"),
            *noise_columns(),
        )
    ),
    needs=(
        CHECKPOINT,
        ITEMS,
        PROMPTS,
        setting("sampling", _sampling),
        setting("conditions", _conditions),
        OF_NOISE,
    ),
    compute=_compute,
    code_version="2",
    on_request=True,
    asset="",
)
