"""The `matched_gain` table: two models of one base compared at equal gains. Written by the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import PROTOCOL_KEYS, Column, Table

from .study_needs import ITEMS, MODELS, TARGETS, VERDICTS_OF_ALL

if TYPE_CHECKING:
    from .study_subject import Study


def _compute(study: Study) -> pl.DataFrame:
    from .study_analyses import matched_of_all

    return matched_of_all(study.verdicts, study.checkpoints, study.items, study.cells)


MATCHED_GAIN = Table(
    name="matched_gain",
    version=3,
    about="One row per checkpoint and other model: accuracy outside the target cells, at the nearest gain inside them",
    key=("model", "step", "protocol", "item_set", "other_model"),
    partitioned=False,
    columns=(
        *PROTOCOL_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("gain", pl.Float64, "Mean change over the target cells"),
        Column("drop", pl.Float64, "Minus the mean change over all other cells", may_be_null="every cell is a target"),
        Column("other_model", pl.String, "The model that it is compared with"),
        Column("other_step", pl.Int64, "Step of its checkpoint with the nearest gain", "steps"),
        Column("other_gain", pl.Float64, "That checkpoint's gain"),
        Column("other_drop", pl.Float64, "That checkpoint's drop", may_be_null="every cell is a target"),
        Column("matched", pl.Boolean, "True if the two observed gains differ by at most 0.03"),
        Column("gap", pl.Float64, "Gain minus the other's"),
        Column(
            "slope",
            pl.Float64,
            "Drop outside the target cells per unit of gain, estimated from both models",
            may_be_null="the gains are too small to estimate it",
        ),
        Column(
            "slope_low",
            pl.Float64,
            "Smallest slope that is plausible (99.5 %)",
            may_be_null="the gains are too small to estimate it",
        ),
        Column(
            "slope_high",
            pl.Float64,
            "Largest slope that is plausible",
            may_be_null="the gains are too small to estimate it",
        ),
        Column(
            "correction",
            pl.Float64,
            "slope times gap: the part of the difference in drop that the gap explains",
            may_be_null="every row has a reason",
        ),
        Column(
            "difference",
            pl.Float64,
            "Accuracy outside the target cells minus the other's, mean over cells, plus the correction",
            may_be_null="every row has a reason",
        ),
        Column(
            "difference_low",
            pl.Float64,
            "Lower end of its 95 % interval at any plausible slope and for any choice of the other's checkpoint",
            may_be_null="every row has a reason",
        ),
        Column("difference_high", pl.Float64, "Upper end of its 95 % interval", may_be_null="every row has a reason"),
        Column(
            "p",
            pl.Float64,
            "p-value for the null that both models lie on one curve of drop against gain; for this row alone",
            may_be_null="every row has a reason",
        ),
        Column(
            "p_adjusted",
            pl.Float64,
            "p adjusted over all checkpoints of both models",
            may_be_null="every row has a reason",
        ),
        Column(
            "detectable_difference",
            pl.Float64,
            "Smallest difference that is found with 80 % power; what a large p cannot rule out",
            may_be_null="every row has a reason",
        ),
        Column(
            "reason",
            pl.String,
            "Reason why no difference is given; null if there is one",
            may_be_null="every row has a difference",
        ),
    ),
    needs=(
        MODELS,
        TARGETS,
        ITEMS,
        VERDICTS_OF_ALL,
    ),
    compute=_compute,
    code_version="4",
    group="study",
    asset="study",
)
