"""The `transfer` table: transfer of a gain in the trained domain to the others. Written by the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import PROTOCOL_KEYS, Column, Table

from .study_needs import MODELS, TARGETS, study_rows
from .study_tests_table import STUDY_TESTS

if TYPE_CHECKING:
    from .study_subject import Study


def _compute(study: Study) -> pl.DataFrame:
    from .study_analyses import transfer_of_all

    return transfer_of_all(study.frame(STUDY_TESTS), study.checkpoints, study.cells)


TRANSFER = Table(
    name="transfer",
    version=3,
    about="One row per checkpoint, trained domain and other domain: gains, and their ratio where it is meaningful",
    key=("model", "step", "protocol", "item_set", "target", "domain"),
    partitioned=False,
    columns=(
        *PROTOCOL_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("target", pl.String, "The domain that was trained on"),
        Column("domain", pl.String, "The other domain"),
        Column(
            "index",
            pl.Float64,
            "100 times the domain's gain in base standard deviations over the target's",
            may_be_null="every row has a reason",
        ),
        Column(
            "index_low",
            pl.Float64,
            "Lower end of its 95 % interval, one row at a time",
            may_be_null="every row has a reason",
        ),
        Column("index_high", pl.Float64, "Upper end of its 95 % interval", may_be_null="every row has a reason"),
        Column(
            "p_full_transfer",
            pl.Float64,
            "p for the null of an index of 100, adjusted over domains and checkpoints",
            may_be_null="every row has a reason",
        ),
        Column(
            "reason",
            pl.String,
            "Reason why there is no index; null if there is one",
            may_be_null="every row has an index",
        ),
        Column(
            "relative_index",
            pl.Float64,
            "100 times the domain's relative gain over the target's; a ratio without an error rate",
            may_be_null="every row has a reason",
        ),
        Column(
            "relative_reason",
            pl.String,
            "Reason why there is no relative index; null if there is one",
            may_be_null="every row has an index",
        ),
        Column("change", pl.Float64, "Change of accuracy in the domain"),
        Column("change_low", pl.Float64, "Lower end of its 95 % interval"),
        Column("change_high", pl.Float64, "Upper end of its 95 % interval"),
        Column(
            "p_adjusted",
            pl.Float64,
            "p of that change, adjusted over domains and checkpoints: the test of an index of 0",
        ),
        Column("target_change", pl.Float64, "Change of accuracy in the target domain"),
        Column("target_change_low", pl.Float64, "Lower end of its 95 % interval"),
        Column("target_change_high", pl.Float64, "Upper end of its 95 % interval"),
    ),
    needs=(
        MODELS,
        TARGETS,
        study_rows(STUDY_TESTS),
    ),
    compute=_compute,
    code_version="4",
    group="study",
    asset="study",
)
