"""The `study_measures` table: the divergence and the weight change of each checkpoint, one number per measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import PROTOCOL_KEYS, Column, Table

from .study_needs import DIVERGENCE_OF_ALL, ITEMS, MODELS, WEIGHTS_OF_ALL

if TYPE_CHECKING:
    from .study_subject import Study


def _compute(study: Study) -> pl.DataFrame:
    from .checkpoint_measures import measures_in_order, of_divergences, of_weights

    divergences = (of_divergences(rows, study.item_set) for rows in study.divergence())
    return measures_in_order([*divergences, *map(of_weights, study.weights())], study.item_set)


STUDY_MEASURES = Table(
    name="study_measures",
    version=2,
    about="One row per checkpoint and measure: divergence per token of reference text, or change of the whole weights",
    key=("model", "step", "protocol", "item_set", "measure"),
    partitioned=False,
    columns=(
        *PROTOCOL_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("measure", pl.String, "Name of the column that it summarises, in logit_divergence or parameter_stats"),
        Column("kind", pl.String, "divergence (mean over tokens of reference text) or parameters (whole model)"),
        Column("value", pl.Float64, "The value, in the unit of that column"),
    ),
    needs=(
        MODELS,
        ITEMS,
        DIVERGENCE_OF_ALL,
        WEIGHTS_OF_ALL,
    ),
    compute=_compute,
    code_version="3",
    group="study",
    asset="study",
)
