"""Onsets: runs without a lasting change of any skill, with units, hidden clusters and kinds that drift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skillprobe_core.measurements.study.change_onsets import contrast_sums, contrasts, flipped_contrasts, lasting_p
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
        Case("3 kinds per group, one group drops by 0.1", kinds=3, items=60, drop=0.1),
        Case("one group drops by 0.1, kinds drift by 0.05", drift=0.05, drop=0.1),
    ]


@dataclass(frozen=True, slots=True)
class Found:
    """One value per study: if any group has a significant `p`, a significant `kind_p`, or both.

    The first is a date in these kinds, the last one a date of the skill.
    """

    by_unit: list[bool]
    by_kind: list[bool]
    by_both: list[bool]


def simulate(case: Case, runs: int, flips: int = 499) -> Found:
    """Simulate a case."""
    size = GROUPS * case.kinds * case.items
    kind = np.arange(size) // case.items
    label = kind // case.kinds
    unit = np.arange(size) // (case.per_unit if case.known else 1)
    found = Found([], [], [])
    for seed in range(runs):
        rng = np.random.default_rng([seed, 5])
        walk = rng.normal(0, case.drift / np.sqrt(CHECKPOINTS), (GROUPS * case.kinds, CHECKPOINTS)).cumsum(axis=1)
        walk[: case.kinds, CHECKPOINTS // 2 :] -= case.drop
        expected = ACCURACY + np.hstack([np.zeros((len(walk), 1)), walk])[kind]
        contrast = answers(rng, size, expected, (CHECKPOINTS,), case.per_unit) @ contrasts(CHECKPOINTS + 1)
        by_unit, by_kind = (
            lasting_p(flipped_contrasts(contrast_sums(contrast, flipped, label, GROUPS), flips), GROUPS) <= SIGNIFICANCE
            for flipped in (unit, kind)
        )
        found.by_unit.append(bool(by_unit.any()))
        found.by_kind.append(bool(by_kind.any()))
        found.by_both.append(bool((by_unit & by_kind).any()))
    return found


def table(runs: int) -> Iterator[str]:
    """Lines of the table of all cases, as Markdown."""
    header = ("five groups, nine checkpoints", "any p ≤ 0.05", "any kind_p ≤ 0.05", "both in one group")
    return markdown(header, (_row(case, runs) for case in cases()))


def _row(case: Case, runs: int) -> tuple[str, ...]:
    found = simulate(case, runs)
    return (case.about, *map(percent, (found.by_unit, found.by_kind, found.by_both)))
