"""The families of parameter measures, in the order of their columns: those of this folder's files, and of plugins.

From the measures that a family declares follow the columns of `parameter_stats`, the summaries per component, layer and
model, the measures of a study, and those that `skillprobe parameters` shows. elementwise_kernel.py only states which
functions it computes faster.
"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from skillprobe_core.engine.table import Column
from skillprobe_core.measurements.needs import measure_set
from skillprobe_core.measurements.parameters.elementwise.block import Distribution, Elementwise
from skillprobe_core.measurements.parameters.spectral.spectral_family import Spectral
from skillprobe_core.plugins import Live, declared, extensions

from .agreement import Agreement
from .parameter_measure import Measure

Family = Elementwise | Distribution | Spectral | Agreement
FAMILIES: Live[Family] = extensions(
    "parameter measure",
    get_args(Family),
    lambda: declared(__package__, *get_args(Family)),
    names=lambda family: [measure.name for measure in (*family.measures, *family.of_whole)],
    order=lambda family: family.order,
)
"""All families by their `order`, then those of plugins as they were loaded."""


def elementwise() -> tuple[Elementwise, ...]:
    """The families of sums over the elements of a tensor and of its update."""
    return tuple(family for family in FAMILIES if isinstance(family, Elementwise))


def distributions() -> tuple[Distribution, ...]:
    """The families of the distribution of |D|."""
    return tuple(family for family in FAMILIES if isinstance(family, Distribution))


def spectral() -> tuple[Spectral, ...]:
    """The families of the spectra of a matrix and of its update."""
    return tuple(family for family in FAMILIES if isinstance(family, Spectral))


def agreements() -> tuple[Agreement, ...]:
    """The families of two updates."""
    return tuple(family for family in FAMILIES if isinstance(family, Agreement))


def measures() -> tuple[Measure, ...]:
    """All measures of a tensor, in the order of their columns."""
    return tuple(measure for family in FAMILIES for measure in family.measures)


def elementwise_measures() -> tuple[Measure, ...]:
    """Those of the weights one by one, in the order of their columns."""
    return tuple(
        measure for family in FAMILIES if isinstance(family, Elementwise | Distribution) for measure in family.measures
    )


def columns() -> tuple[Column, ...]:
    """Their columns in `parameter_stats`."""
    return tuple(_column(family, measure) for family in FAMILIES for measure in family.measures)


def _column(family: Family, measure: Measure) -> Column:
    column = measure.column
    if isinstance(family, Spectral) and not column.may_be_null:
        return replace(column, may_be_null="no matrix has spectra: `spectra` under [parameters] is `off`")
    return column


def summarised() -> tuple[Measure, ...]:
    """The measures of several tensors together, in the order of their columns in `model_summary`."""
    of_whole = tuple(measure for family in FAMILIES for measure in family.of_whole)
    return tuple(measure for measure in (*measures(), *of_whole) if measure.whole is not None)


def study_measures() -> dict[str, str]:
    """Names of those that a study records per checkpoint, as values for the model, and their labels."""
    return {measure.name: measure.study for measure in summarised() if measure.study}


def headline_measures() -> tuple[str, ...]:
    """Names of those whose value for the model Dagster shows with the table."""
    return tuple(measure.name for measure in summarised() if measure.headline)


def shown_measures() -> tuple[str, ...]:
    """Names of those that `skillprobe parameters` shows by default."""
    return tuple(measure.name for measure in summarised() if measure.shown)


# Another set of measures, or another version of one, makes stored rows stale. The second argument is the digest of the
# set whose rows name no such input.
OF_TENSORS = measure_set(measures, "d0adafaa2c7d3b07")
OF_ELEMENTS = measure_set(elementwise_measures, "8570836ccb58d794")
