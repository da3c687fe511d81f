"""Onsets: runs without a lasting change of any skill, with units, hidden clusters and kinds that drift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skillprobe_core.measurements.study.change_onsets import contrast_sums, contrasts, lasting_p
from skillprobe_core.stats.significance import SIGNIFICANCE

from .answers import answers
from .rates import markdown, percent

Array = NDArray[np.float64]

CHECKPOINTS = 9
GROUPS = 5
ACCURACY = 0.7


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table.

    kinds: per group. items: per kind. per_unit: items that move together; known: if the test has them as units. drift:
    standard deviation of a kind's drift at the last checkpoint. drop: true drop of one group from the fifth checkpoint.
    """

    about: str
    kinds: int = 12
    items: int = 25
    per_unit: int = 1
    known: bool = True
    drift: float = 0.0
    drop: float = 0.0


def cases() -> list[Case]:
    """All rows of the table."""
    return [
        Case("independent items"),
        Case("units of 5 that move together", per_unit=5),
        Case("the same, taken for single items", per_unit=5, known=False),
        Case("kinds drift by 0.05", drift=0.05),
        Case("kinds drift by 0.1", drift=0.1),
        Case("3 kinds per group drift by 0.1", kinds=3, items=60, drift=0.1),
        Case("one group drops by 0.1", drop=0.1),
        Case("one group drops by 0.1, kinds drift by 0.05", drift=0.05, drop=0.1),
    ]


def simulate(case: Case, runs: int, flips: int = 499) -> tuple[list[bool], list[bool]]:
    """Per study, if any group has a significant `p`, and if any has a significant `kind_p`."""
    size = GROUPS * case.kinds * case.items
    kind = np.arange(size) // case.items
    label = kind // case.kinds
    unit = np.arange(size) // (case.per_unit if case.known else 1)
    by_unit: list[bool] = []
    by_kind: list[bool] = []
    for seed in range(runs):
        rng = np.random.default_rng([seed, 5])
        walk = rng.normal(0, case.drift / np.sqrt(CHECKPOINTS), (GROUPS * case.kinds, CHECKPOINTS)).cumsum(axis=1)
        walk[: case.kinds, CHECKPOINTS // 2 :] -= case.drop
        expected = ACCURACY + np.hstack([np.zeros((len(walk), 1)), walk])[kind]
        contrast = answers(rng, size, expected, (CHECKPOINTS,), case.per_unit) @ contrasts(CHECKPOINTS + 1)
        for found, flipped in ((by_unit, unit), (by_kind, kind)):
            p, _ = lasting_p(contrast_sums(contrast, flipped, label, GROUPS), flips)
            found.append(bool(p.min() <= SIGNIFICANCE))
    return by_unit, by_kind


def table(runs: int) -> Iterator[str]:
    """Lines of the table of all cases, as Markdown."""
    rows = ((case.about, *(percent(hits) for hits in simulate(case, runs))) for case in cases())
    return markdown(("five groups, nine checkpoints", "any p ≤ 0.05", "any kind_p ≤ 0.05"), rows)
