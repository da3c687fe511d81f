"""The divergence measures, in the order of their columns: those of the files in `measures/`, and those of plugins.

From a measure follow its columns in the tables `logit_divergence`, `token_divergence` and `noise_floor`, its mean over
an item's tokens, the measures of a study, the headline, figure and check in Dagster.
"""

from __future__ import annotations

import polars as pl

from skillprobe_core.engine.table import Column
from skillprobe_core.measurements.needs import measure_set
from skillprobe_core.plugins import Live, declared, extensions

from .divergence_measure import ItemMeasure, Measure

MEASURES: Live[Measure | ItemMeasure] = extensions(
    "divergence measure",
    (Measure, ItemMeasure),
    lambda: declared(f"{__package__}.measures", Measure, ItemMeasure),
    names=lambda measure: (measure.name,),
    order=lambda measure: measure.order,
)
"""All measures in the order of their columns: by `order`, then those of plugins as they were loaded."""

# The input `measures` of each table: another set of measures, or another version of one, makes stored rows stale. The
# second argument is the digest of the set whose rows name no such input.
OF_ITEMS = measure_set(lambda: [m for m in MEASURES if m.column], "ec8595a33ec97846")
OF_TOKENS = measure_set(lambda: [m for m in per_token() if m.of_token], "605b13ef04ebb6e5")
OF_NOISE = measure_set(lambda: [m for m in per_token() if m.of_noise], "eb11928bf28dd089")


def per_token() -> tuple[Measure, ...]:
    """The measures at one token."""
    return tuple(measure for measure in MEASURES if isinstance(measure, Measure))


def item_columns() -> tuple[Column, ...]:
    """Their columns in `logit_divergence`."""
    return tuple(column for measure in MEASURES if (column := measure.column))


def token_columns() -> tuple[Column, ...]:
    """Their columns in `token_divergence`."""
    return tuple(
        Column(measure.name, measure.token_dtype, measure.of_token, measure.unit, measure.may_be_null)
        for measure in per_token()
        if measure.of_token
    )


def noise_columns() -> tuple[Column, ...]:
    """Their columns in `noise_floor`."""
    return tuple(
        Column(measure.name, pl.Float64, measure.of_noise, measure.unit, may_be_null="no variation gives logits")
        for measure in per_token()
        if measure.of_noise
    )


def study_measures() -> dict[str, str]:
    """Names of those that a study records per checkpoint, and their labels."""
    return {measure.name: measure.study for measure in MEASURES if measure.study}


def headline_measures() -> tuple[str, ...]:
    """Names of those that Dagster shows with the table."""
    return tuple(measure.name for measure in MEASURES if measure.headline)


def figure_titles() -> dict[str, str]:
    """Names of those with a panel in the table's figure, and the panels' titles."""
    return {measure.name: measure.figure for measure in MEASURES if measure.figure}


def lower_bounds() -> dict[str, float]:
    """Names of those with a lower bound, and the bounds."""
    return {measure.name: measure.at_least for measure in MEASURES if measure.at_least is not None}
