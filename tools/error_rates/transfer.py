"""Transfer: the index of a domain that did not move, of one that gained as much as the target, and of one in between.

Four checkpoints, three other domains of 900 items each. A study errs on 0 if it reports that an unmoved domain moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.measurements.study.transfer import transfer_index
from skillprobe_core.stats.change_interval import score_limits
from skillprobe_core.stats.sign_flips import adjusted_two_sided_p, sign_flips
from skillprobe_core.stats.significance import SIGNIFICANCE

from .answers import answers
from .rates import markdown, percent

Array = NDArray[np.float64]

DOMAIN = 900
CHECKPOINTS = 4
OTHERS = ("general", "medicine", "science")
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Case:
    """Base accuracies, the target's gain at the last checkpoint, and the true index of all other domains."""

    base: float
    target_base: float
    gain: float
    index: float


def cases() -> list[Case]:
    """All rows of the table."""
    return [
        Case(base, target_base, gain, index)
        for base, target_base in ((0.5, 0.5), (0.8, 0.3))
        for gain, index in product((0.05, 0.2), (0.0, 50.0, 100.0))
    ]


def simulate(case: Case, runs: int, flips: int = 499) -> tuple[list[bool], ...]:
    """Simulate a case.

    Returns:
        Per row with an index, if its interval misses the true index; per study, if any of its rows does, if any other
        domain's adjusted p-value is significant (null: an index of 0), and if any `p_full_transfer` is (100).
    """
    row_misses, any_misses, moved, partial = [], [], [], []
    for seed in range(runs):
        found = transfer_index(_tests(case, np.random.default_rng([seed, 7]), flips))
        known = found.filter(pl.col("index").is_not_null())
        missed = known.select(~pl.lit(case.index).is_between("index_low", "index_high")).to_series().to_list()
        row_misses += missed
        any_misses.append(any(missed))
        moved.append(bool((found["p_adjusted"] <= SIGNIFICANCE).any()))
        partial.append(bool((found["p_full_transfer"] <= SIGNIFICANCE).any()))
    return row_misses, any_misses, moved, partial


def table(runs: int) -> Iterator[str]:
    """Lines of the table of all cases, as Markdown."""
    header = ("base", "target's base", "target's gain", "true index", "interval misses it, per row",
              "any of 12 misses it", "any p_adjusted ≤ 0.05", "any p_full_transfer ≤ 0.05")  # fmt: skip
    return markdown(header, (_row(case, runs) for case in cases()))


def _row(case: Case, runs: int) -> tuple[str, ...]:
    about = (f"{case.base}", f"{case.target_base}", f"{case.gain}", f"{case.index:.0f}")
    return (*about, *(percent(hits) for hits in simulate(case, runs)))


def _tests(case: Case, rng: np.random.Generator, flips: int) -> pl.DataFrame:
    """The columns of `study_tests` that an index needs, for every checkpoint and domain."""
    gain = np.linspace(0, case.gain, CHECKPOINTS + 1)
    spread, target_spread = (np.sqrt(base * (1 - base)) for base in (case.base, case.target_base))
    moved = case.index / 100 * gain / target_spread * spread
    sides = {"math": case.target_base + gain} | dict.fromkeys(OTHERS, case.base + moved)
    changes, accuracies = [], []
    for expected in sides.values():
        shares = answers(rng, DOMAIN, expected, (CHECKPOINTS,))
        changes.append(shares[:, 1:] - shares[:, :1])
        accuracies.append(shares[:, 0].mean())
    units = np.zeros((DOMAIN * len(sides), CHECKPOINTS * len(sides)))
    for place, change in enumerate(changes):
        units[place * DOMAIN : (place + 1) * DOMAIN, place * CHECKPOINTS : (place + 1) * CHECKPOINTS] = change
    p = adjusted_two_sided_p(sign_flips(units, flips))
    gained, lost = (np.maximum(sign * np.array(changes), 0).mean(axis=1) for sign in (1, -1))
    low, high = score_limits(gained, lost, float(DOMAIN), _NORMAL_95)
    frame = pl.DataFrame(
        {
            "model": "m",
            "step": np.tile(np.arange(1, CHECKPOINTS + 1), len(sides)),
            "item_set": "simulated",
            "scope": "domain",
            "skill": "all",
            "domain": np.repeat(list(sides), CHECKPOINTS),
            "base_accuracy": np.repeat(accuracies, CHECKPOINTS),
            "change": (gained - lost).ravel(),
            "change_low": low.ravel(),
            "change_high": high.ravel(),
            "p_adjusted": p,
        }
    )
    return pl.concat([frame, frame.with_columns(scope=pl.lit("cell"), skill=pl.lit("diagnostic"))])
