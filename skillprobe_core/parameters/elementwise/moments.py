"""The distributions of weights and updates: mean, spread and weight of the tails."""

from __future__ import annotations

import math

import torch

from .block import Block, Elementwise, Totals, dot, ratio

_SIDES = {"base_": "base_pivot", "": "tensor_pivot", "delta_": None}


def _partial(block: Block) -> dict[str, torch.Tensor]:
    partial = {"max_abs_delta": block.delta_size.max()}
    centred = (block.base - block.base_pivot, block.tensor - block.tensor_pivot, block.delta)
    for side, values in zip(_SIDES, centred, strict=True):
        squares = values * values
        partial[f"{side}first"] = values.sum()
        partial[f"{side}second"] = dot(values, values)
        partial[f"{side}third"] = dot(squares, values)
        partial[f"{side}fourth"] = dot(squares, squares)
    return partial


def _finish(totals: Totals) -> dict[str, float | None]:
    measures: dict[str, float | None] = {"delta_max": float(totals["max_abs_delta"])}
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


MOMENTS = Elementwise("moments", _partial, _finish)
