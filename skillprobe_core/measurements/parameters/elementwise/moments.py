"""The distributions of weights and updates: mean, spread and weight of the tails."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .block import Block, Elementwise, Totals, dot, ratio

if TYPE_CHECKING:
    import torch

_SIDES = {"base_": "base_pivot", "": "tensor_pivot", "delta_": None}


def _partial(block: Block) -> dict[str, torch.Tensor]:
    partial = {}
    centred = (block.base - block.base_pivot, block.tensor - block.tensor_pivot, block.delta)
    for side, values in zip(_SIDES, centred, strict=True):
        squares = values * values
        partial[f"{side}first"] = values.sum()
        partial[f"{side}second"] = dot(values, values)
        partial[f"{side}third"] = dot(squares, values)
        partial[f"{side}fourth"] = dot(squares, squares)
    return partial


def _finish(totals: Totals) -> dict[str, float | None]:
    measures: dict[str, float | None] = {}
    elements = float(totals["elements"])
    for side, pivot in _SIDES.items():
        mean, second, third, fourth = (
            float(totals[f"{side}{power}"]) / elements for power in ("first", "second", "third", "fourth")
        )
        variance = max(0.0, second - mean * mean)
        centre = mean + (float(totals[pivot]) if pivot else 0.0)
        # Rounding leaves about 1e-16 of the squares: a value close to that is not a spread.
        if variance <= 1e-14 * max(second, centre * centre):
            variance = 0.0
        central = fourth - 4 * mean * third + 6 * mean * mean * second - 3 * mean**4
        kurtosis = ratio(central, variance * variance)
        measures |= {
            f"{side}mean": centre,
            f"{side}std": math.sqrt(variance),
            f"{side}kurtosis": None if kurtosis is None else kurtosis - 3.0,
        }
    return measures


def _spread(name: str) -> pl.Expr:
    side = name.removesuffix("std")
    square = whole.root_of_squares(f"{side}norm") ** 2 / whole.ELEMENTS.sum()
    variance = square - whole.mean(f"{side}mean") ** 2
    # A value close to the rounding error is not a spread.
    return pl.when(variance > 1e-14 * square).then(variance).otherwise(0.0).sqrt()


_KURTOSIS = {
    "base_": "Excess kurtosis of W0 (0 for a normal distribution); null if constant",
    "": "Excess kurtosis of W",
    "delta_": "Excess kurtosis of D: large if few weights carry most of the update",
}
_MEASURES = tuple(
    measure
    for side, of in (("base_", "W0"), ("", "W"), ("delta_", "D"))
    for measure in (
        Measure(name=f"{side}mean", meaning=f"Mean of {of}", whole=whole.mean),
        Measure(name=f"{side}std", meaning=f"Standard deviation of {of}", whole=_spread),
        Measure(
            name=f"{side}kurtosis",
            meaning=_KURTOSIS[side],
            whole=whole.mean,
            may_be_null="nothing changed" if side == "delta_" else "the weights of every tensor are all equal",
        ),
    )
)
MOMENTS = Elementwise("moments", _MEASURES, _partial, _finish, order=20)
