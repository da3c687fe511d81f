"""Taylor series for terms whose closed forms cancel near zero, with tensors' methods only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

SERIES_BELOW = 0.5  # where the closed forms begin to cancel, a Taylor series takes over
FALL = (1 / 2, -1 / 6, 1 / 24, -1 / 120, 1 / 720, -1 / 5040, 1 / 40320)  # (x − w) / x²
RISE = (1 / 2, -1 / 3, 1 / 8, -1 / 30, 1 / 144, -1 / 840, 1 / 5760)  # (w − x (1 − w)) / x²
MIX = (1 / 8, -1 / 16, 1 / 64, -1 / 384, 1 / 2304, -1 / 11520, 1 / 92160)  # the term of JS, by x²


def series(x: Tensor, coefficients: tuple[float, ...], otherwise: Tensor) -> Tensor:
    """x² times the polynomial in x where x is below SERIES_BELOW, and `otherwise` elsewhere."""
    value = x.new_full(x.shape, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value = value.mul_(x).add_(coefficient)
    return value.mul_(x).mul_(x).where(x < SERIES_BELOW, otherwise)
