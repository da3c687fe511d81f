"""Norm of the update relative to the weights, and the angle by which it turns them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .block import Block, Elementwise, Totals, dot, ratio

if TYPE_CHECKING:
    import torch


def _partial(block: Block) -> dict[str, torch.Tensor]:
    return {
        "base_squares": dot(block.base, block.base),
        "squares": dot(block.tensor, block.tensor),
        "delta_squares": dot(block.delta, block.delta),
        "base_times_delta": dot(block.base, block.delta),
    }


def _finish(totals: Totals) -> dict[str, float | None]:
    base, tensor, delta = (math.sqrt(totals[name]) for name in ("base_squares", "squares", "delta_squares"))
    # 1 - cos from the update itself: the plain quotient loses all digits if the update is small. With
    # |W| - |W0| = (2<W0, D> + |D|^2) / (|W| + |W0|), 1 - cos = (|D|^2 - (|W| - |W0|)^2) / (2 |W| |W0|).
    distance = None
    if base and tensor:
        longer = (2.0 * float(totals["base_times_delta"]) + delta * delta) / (base + tensor)
        distance = max(0.0, delta * delta - longer * longer) / (2.0 * base * tensor)
    return {
        "base_norm": base,
        "norm": tensor,
        "delta_norm": delta,
        "relative_norm": ratio(delta, base),
        "cosine": None if distance is None else 1.0 - distance,
        "cosine_distance": distance,
    }


def _relative(_: str) -> pl.Expr:
    return whole.quotient(whole.root_of_squares("delta_norm"), whole.root_of_squares("base_norm"))


def _both() -> pl.Expr:
    return whole.root_of_squares("norm") * whole.root_of_squares("base_norm")


def _cosine(_: str) -> pl.Expr:
    dot = (pl.col("cosine").fill_null(0.0) * pl.col("norm") * pl.col("base_norm")).sum()
    return pl.when(_both() > 0).then((dot / _both()).clip(-1.0, 1.0))


def _cosine_distance(_: str) -> pl.Expr:
    # As in _finish: 1 - cosine itself would lose all digits.
    base, tensor, delta = (whole.root_of_squares(name) for name in ("base_norm", "norm", "delta_norm"))
    return pl.when(_both() > 0).then((delta**2 - (tensor - base) ** 2).clip(0.0) / (2 * _both()))


_ZERO = "all weights of one side are zero"
_MEASURES = (
    Measure(name="base_norm", meaning="Frobenius norm of W0", whole=whole.root_of_squares),
    Measure(name="norm", meaning="Frobenius norm of W", whole=whole.root_of_squares),
    Measure(name="delta_norm", meaning="Frobenius norm of D", whole=whole.root_of_squares),
    Measure(
        name="relative_norm",
        meaning="‖D‖_F / ‖W0‖_F; null if W0 is zero",
        whole=_relative,
        may_be_null="all weights of the base are zero",
        study="relative weight norm",
        headline=True,
        shown=True,
    ),
    Measure(
        name="cosine",
        meaning="Cosine between W and W0 as vectors; null if one is zero",
        whole=_cosine,
        may_be_null=_ZERO,
        study="cosine of the weights",
        headline=True,
    ),
    Measure(
        name="cosine_distance",
        meaning="1 - cosine, at full precision",
        whole=_cosine_distance,
        may_be_null=_ZERO,
        shown=True,
    ),
)
_OF_WHOLE = (
    Measure(
        name="largest_relative_norm",
        meaning="Largest relative_norm of a tensor",
        whole=lambda _: whole.largest("relative_norm"),
        study="largest relative norm of a tensor",
    ),
)
NORMS = Elementwise("norms", _MEASURES, _partial, _finish, _OF_WHOLE, order=10)
