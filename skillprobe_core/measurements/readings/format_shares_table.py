"""The `format_shares` table: the share of each fall that is format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Grid, Shown
from skillprobe_core.engine.table import PROTOCOL_KEYS, Column, Table
from skillprobe_core.measurements.needs import ITEMS, base_rows, rows
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

from .readings_table import READINGS, requested

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def _compute(probe: Probe) -> pl.DataFrame:
    from .format_shares import format_shares

    return format_shares(
        probe.stored(READINGS),
        probe.stored(VERDICTS),
        probe.of_base.stored(VERDICTS),
        probe.stored(PROFILE_TESTS),
        probe.items,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
    )


def _headline(frame: pl.DataFrame) -> Shown:
    shown = frame.filter(pl.col("fell") | (pl.col("skill") == "all")).select(
        "reading", "skill", "domain", "items", "fall", "format_fall", "format_low", "format_high", "format_share",
        "share_low", "share_high",
    )  # fmt: skip
    return {"falls_and_their_format": Grid(shown, dict.fromkeys(shown.columns[4:], ".3f"))}


_NOT_SURE = "the interval of every fall contains 0"

FORMAT_SHARES = Table(
    name="format_shares",
    version=1,
    about="One row per further reading and cell: the fall of the accuracy from the base, and how much of it is format",
    key=("model", "step", "protocol", "item_set", "reading", "skill", "domain"),
    columns=(
        *PROTOCOL_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column(
            "reading",
            pl.String,
            "exact, forced or elicited, as in `readings`. Each is paired with the fair reading: exact is the stricter "
            "and fair the lenient one; forced and elicited are lenient and fair is the stricter one",
        ),
        Column("skill", pl.String, "The skill, or `all` for all items of the reading"),
        Column("domain", pl.String, "The domain, or `all`"),
        Column("items", pl.Int32, "Number of items of the reading", "items"),
        Column("units", pl.Int32, "Independent units that are resampled"),
        Column(
            "fell", pl.Boolean, "True for a cell whose accuracy fell significantly in these kinds (`profile_tests`)"
        ),
        Column("base_accuracy", pl.Float64, "Accuracy of the base under the stricter reading"),
        Column("accuracy", pl.Float64, "Accuracy of the checkpoint under the stricter reading"),
        Column("fall", pl.Float64, "base_accuracy - accuracy"),
        Column("fall_low", pl.Float64, "Lower 95 % end of fall by the bootstrap over units"),
        Column("fall_high", pl.Float64, "Upper 95 % end of fall"),
        Column("base_lenient_accuracy", pl.Float64, "Accuracy of the base under the lenient reading"),
        Column("lenient_accuracy", pl.Float64, "Accuracy of the checkpoint under the lenient reading"),
        Column(
            "format_fall",
            pl.Float64,
            "The part of fall that is format: fall less the fall under the lenient reading, on the same items",
        ),
        Column("format_low", pl.Float64, "Lower 95 % end of format_fall by the bootstrap over units"),
        Column("format_high", pl.Float64, "Upper 95 % end of format_fall"),
        Column(
            "format_share",
            pl.Float64,
            "format_fall / fall; null where fall_low is not above 0, since such a ratio has no meaning",
            may_be_null=_NOT_SURE,
        ),
        Column(
            "share_low",
            pl.Float64,
            "Lower 95 % end of format_share by the bootstrap over units",
            may_be_null=_NOT_SURE,
        ),
        Column("share_high", pl.Float64, "Upper 95 % end of format_share", may_be_null=_NOT_SURE),
    ),
    more="Computed only if `also` is set under [readings].",
    needs=(ITEMS, rows(READINGS), rows(VERDICTS), base_rows(VERDICTS), rows(PROFILE_TESTS)),
    compute=_compute,
    enabled=requested,
    headline=_headline,
    group="skills",
    pool="device",
)
