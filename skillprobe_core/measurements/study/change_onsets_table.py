"""The `change_onsets` table: the step at which each skill began to change. Written by the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Grid, Shown
from skillprobe_core.engine.table import PROTOCOL, Column, Table

from .onset_claims import dated_in_the_skill, dated_in_these_kinds
from .study_needs import ITEMS, MODELS, VERDICTS_OF_ALL

if TYPE_CHECKING:
    from .study_subject import Study


def _compute(study: Study) -> pl.DataFrame:
    from .study_analyses import onsets_of_all

    return onsets_of_all(study.verdicts, study.checkpoints, study.items)


def _headline(onsets: pl.DataFrame) -> Shown:
    lasting = onsets.filter(dated_in_these_kinds() & pl.col("scope").is_in(["skill", "cell"]))
    shown = lasting.sort("model", "onset_step", "skill", "domain").select(
        "model", "skill", "domain", "onset_step", "onset_low", "onset_high", "shift", "p", "kind_p",
        dated_in_the_skill().alias("in_the_skill"),
    )  # fmt: skip
    return {"lasting_changes": Grid(shown, {"shift": "+.3f", "p": ".3g", "kind_p": ".3g"})}


CHANGE_ONSETS = Table(
    name="change_onsets",
    version=3,
    about="One row per model and cell or subtotal: test for a lasting change of accuracy, and the step where it began",
    key=("model", "protocol", "item_set", "skill", "domain"),
    partitioned=False,
    columns=(
        Column("model", pl.String, "The training run"),
        PROTOCOL,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("scope", pl.String, "cell, skill, domain or overall: the family that p-values are adjusted over"),
        Column("skill", pl.String, "The skill, or `all`"),
        Column("domain", pl.String, "The domain, or `all`"),
        Column(
            "p",
            pl.Float64,
            "Adjusted p-value for the null that these kinds did not change lastingly (permutation CUSUM)",
        ),
        Column("p_lower", pl.Float64, "Adjusted p-value for the null of no lasting drop"),
        Column(
            "kind_p",
            pl.Float64,
            "The same if the kinds are a sample: kinds are flipped as one; at least 2 ** (1 - kinds)",
        ),
        Column("kinds", pl.Int32, "Number of kinds in the group", "kinds"),
        Column("before_step", pl.Int64, "Last evaluated step before the most likely change", "steps"),
        Column(
            "onset_step",
            pl.Int64,
            "First evaluated step after it: a date in these kinds if p is small, and of the skill if kind_p is as well",
            "steps",
        ),
        Column("onset_low", pl.Int64, "Lower 95 % end of onset_step by the bootstrap over units", "steps"),
        Column("onset_high", pl.Int64, "Upper 95 % end of onset_step", "steps"),
        Column("shift", pl.Float64, "Mean accuracy from onset_step on, minus the mean before"),
    ),
    needs=(
        MODELS,
        ITEMS,
        VERDICTS_OF_ALL,
    ),
    compute=_compute,
    code_version="4",
    headline=_headline,
    group="study",
    asset="study",
)
