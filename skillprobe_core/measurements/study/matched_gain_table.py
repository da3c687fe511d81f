"""The `matched_gain` table: two models of one base compared at equal gains. Written by the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import PROTOCOL_KEYS, Column, Table

from .study_needs import ITEMS, MODELS, TARGETS, VERDICTS_OF_ALL, study_rows
from .study_tests_table import STUDY_TESTS

if TYPE_CHECKING:
    from .study_subject import Study


def _compute(study: Study) -> pl.DataFrame:
    from .study_analyses import matched_of_all

    return matched_of_all(study.verdicts, study.checkpoints, study.frame(STUDY_TESTS), study.items, study.cells)


MATCHED_GAIN = Table(
    name="matched_gain",
    version=2,
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
        Column("matched", pl.Boolean, "True if the two gains differ by at most 0.02"),
        Column(
            "difference",
            pl.Float64,
            "Accuracy outside the target cells minus the other's, item by item",
            may_be_null="every row has a reason",
        ),
        Column("difference_low", pl.Float64, "Lower end of its 95 % interval", may_be_null="every row has a reason"),
        Column("difference_high", pl.Float64, "Upper end of its 95 % interval", may_be_null="every row has a reason"),
        Column(
            "p",
            pl.Float64,
            "Two-sided sign-flip p-value for the null of no difference",
            may_be_null="every row has a reason",
        ),
        Column(
            "p_adjusted",
            pl.Float64,
            "p adjusted over the model's matched checkpoints",
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
        study_rows(STUDY_TESTS),
    ),
    compute=_compute,
    code_version="3",
    group="study",
    asset="study",
)
