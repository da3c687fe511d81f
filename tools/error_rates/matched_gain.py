"""Matched gain: two runs on one curve of drop against gain, and runs with a true difference at equal gain.

Null: the drop of both runs is the same function of the gain, of slope 0, 0.5 or 1, or bent. One run gains 0.05 to 0.2
and the other 0.2 to 0.5, or their ranges overlap. Alternative: one run's drop is smaller by a constant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtri

from skillprobe_core.measurements.study.matched_gain import TOLERANCE, measured_points
from skillprobe_core.stats.equal_gain import EqualGain, Points, equal_gain
from skillprobe_core.stats.significance import SIGNIFICANCE

from .answers import answers
from .rates import markdown, percent

Array = NDArray[np.float64]

OUTSIDE = 3_420
CELL = 180
BASE = {"target": 0.4, "outside": 0.65}
CURVES: dict[str, Callable[[Array], Array]] = {
    "slope 0": lambda gain: 0.0 * gain,
    "slope 0.5": lambda gain: 0.5 * gain,
    "slope 1": lambda gain: 1.0 * gain,
    "0.25 g + 0.5 g²": lambda gain: 0.25 * gain + 0.5 * gain**2,
    "0.8 g - 0.6 g²": lambda gain: 0.8 * gain - 0.6 * gain**2,
    "0 up to g = 0.12, then slope 1": lambda gain: np.maximum(0.0, gain - 0.12),
}
RANGES = {
    "0.05-0.2, 0.2-0.5": (np.linspace(0.05, 0.2, 4), np.linspace(0.2, 0.5, 4)),
    "0.05-0.3, 0.1-0.5": (np.linspace(0.05, 0.3, 6), np.linspace(0.1, 0.5, 6)),
    "0.05-0.3, 0.05-0.3": (np.linspace(0.05, 0.3, 6), np.linspace(0.05, 0.3, 6)),
}
_OLD_TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class Case:
    """One cell of the simulation; `spared`: the true difference at equal gain."""

    curve: str
    gains: str
    target_items: int
    spared: float = 0.0
    items_per_unit: int = 1


def cases() -> Iterator[Case]:
    """All cells of the table: those under the null first."""
    for items in (180, 720):
        for gains in RANGES:
            yield from (Case(curve, gains, items) for curve in CURVES)
    for curve in ("slope 0", "slope 0.5", "slope 1"):
        yield Case(curve, "0.05-0.3, 0.1-0.5", 720, items_per_unit=5)
    for spared in (0.02, 0.03, 0.05):
        for items in (180, 720):
            yield from (Case(curve, "0.05-0.3, 0.05-0.3", items, spared) for curve in CURVES if "slope" in curve[:5])
    yield from (Case(curve, "0.05-0.2, 0.2-0.5", 720, 0.05) for curve in CURVES if "slope" in curve[:5])


def simulate(case: Case, runs: int, draws: int = 499) -> tuple[list[bool], list[bool], list[bool]]:
    """Simulate a case.

    Returns:
        Per run, if any matched row is significant, and if any is by the uncorrected comparison; and per tested row, if
        the interval covers the true difference.
    """
    found, uncorrected, covered = [], [], []
    for seed in range(runs):
        points, own, other = _points(case, np.random.default_rng([seed, case.target_items]))
        result = equal_gain(points, own, other, draws)
        matched = np.abs(result.gap) <= TOLERANCE
        found.append(bool((matched & (result.p_adjusted <= SIGNIFICANCE)).any()))
        inside = (result.low <= case.spared) & (case.spared <= result.high)
        covered += inside[matched & np.isfinite(result.low)].tolist()
        uncorrected.append(_uncorrected(points, own, other, result))
    return found, uncorrected, covered


def table(runs: int) -> Iterator[str]:
    """Lines of the table of all cases, as Markdown."""
    header = ("curve", "gains of the two runs", "target items", "difference", "per unit", "significant", "uncorrected",
              "coverage")  # fmt: skip
    return markdown(header, (_row(case, runs) for case in cases()))


def _row(case: Case, runs: int) -> tuple[str, ...]:
    about = (case.curve, case.gains, str(case.target_items), f"{case.spared:g}", str(case.items_per_unit))
    return (*about, *(percent(hits) for hits in simulate(case, runs)))


def _points(case: Case, rng: np.random.Generator) -> tuple[Points, NDArray[np.intp], NDArray[np.intp]]:
    first, second = RANGES[case.gains]
    lengths = (len(first), len(second))
    gain = np.concatenate([[0.0], first, second])
    drop = CURVES[case.curve](gain)
    drop[1 : 1 + lengths[0]] -= case.spared
    cells = case.target_items // CELL
    shares = np.vstack([
        answers(rng, case.target_items, BASE["target"] + gain, lengths, case.items_per_unit),
        answers(rng, OUTSIDE, BASE["outside"] - drop, lengths, case.items_per_unit),
    ])  # fmt: skip
    place = np.arange(len(shares))
    pairs = pl.DataFrame({"skill": (place // CELL).astype(str), "domain": "d", "unit": place // case.items_per_unit})
    points = measured_points(shares, pairs, [(str(cell), "d") for cell in range(cells)])
    own = np.arange(1, 1 + lengths[0])
    return points, own, np.arange(1 + lengths[0], 1 + sum(lengths))


def _uncorrected(points: Points, own: NDArray[np.intp], other: NDArray[np.intp], result: EqualGain) -> bool:
    """The plain comparison: nearest gain within 0.02, then a test of the drops (Bonferroni over rows)."""
    chosen = other[result.nearest]
    size = len(points.gain)
    noise = points.covariance[size:, size:]
    error = np.sqrt(noise[own, own] + noise[chosen, chosen] - 2 * noise[own, chosen])
    matched = np.abs(result.gap) <= _OLD_TOLERANCE
    critical = -ndtri(SIGNIFICANCE / 2 / max(int(matched.sum()), 1))
    return bool((matched & (np.abs(points.drop[chosen] - points.drop[own]) > critical * error)).any())
