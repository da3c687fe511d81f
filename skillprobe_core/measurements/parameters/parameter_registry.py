"""The families of parameter measures, in the order of their columns. To add one, write its file and a line here.

From the measures that a family declares follow the columns of `parameter_stats`, the summaries per component, layer and
model, the measures of a study, and those that `skillprobe parameters` shows. kernel.py only states which functions it
computes faster.
"""

from __future__ import annotations

from typing import Final

from skillprobe_core.engine.table import Column
from skillprobe_core.measurements.parameters.elementwise.block import Distribution, Elementwise
from skillprobe_core.measurements.parameters.elementwise.concentration import CONCENTRATION
from skillprobe_core.measurements.parameters.elementwise.moments import MOMENTS
from skillprobe_core.measurements.parameters.elementwise.norms import NORMS
from skillprobe_core.measurements.parameters.elementwise.quantiles import QUANTILES
from skillprobe_core.measurements.parameters.elementwise.sparsity import SPARSITY
from skillprobe_core.measurements.parameters.elementwise.tolerance import TOLERANCE
from skillprobe_core.measurements.parameters.spectral.angles import ANGLES
from skillprobe_core.measurements.parameters.spectral.drift import DRIFT
from skillprobe_core.measurements.parameters.spectral.intruders import INTRUDERS
from skillprobe_core.measurements.parameters.spectral.masks import MASKS
from skillprobe_core.measurements.parameters.spectral.ranks import RANKS
from skillprobe_core.measurements.parameters.spectral.spectral_family import Spectral
from skillprobe_core.measurements.parameters.spectral.tail import TAIL

from .agreement import AGREEMENT, Agreement
from .parameter_measure import Measure

# Raise it when a measure is added, removed or defined in another way: stored statistics are then computed again.
VERSION: Final = 2

Family = Elementwise | Distribution | Spectral | Agreement
FAMILIES: tuple[Family, ...] = (
    NORMS, MOMENTS, QUANTILES, SPARSITY, TOLERANCE, CONCENTRATION,
    DRIFT, RANKS, ANGLES, INTRUDERS, MASKS, TAIL,
    AGREEMENT,
)  # fmt: skip


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


def columns() -> tuple[Column, ...]:
    """Their columns in `parameter_stats`."""
    return tuple(measure.column for measure in measures())


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
