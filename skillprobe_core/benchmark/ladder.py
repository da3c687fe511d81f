"""The ladder of levels: from level 5 on the elementary steps of a kind double, until a careful solver fails.

A solver that errs once in a thousand steps and never notices is right with probability 0.999 ** steps. A kind reaches
as far as it can when such a solver is right in fewer than a fifth of the items, at about 1,600 steps.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from .item_schema import Kind, finished

LADDER = 6
"""The first level that goes on by doubling the steps of the one before; levels 1 to 5 are exercises."""

ERROR_RATE = 1e-3
"""Errors per elementary step of the solver that the top of a ladder is measured by."""

FAILS = 0.2
"""Accuracy of that solver below which a ladder needs no further level."""


def steps_of(kind: Kind, level: int, count: int) -> list[int]:
    """Elementary steps of `count` draws of a level, of any split: the same in every process."""
    rng = random.Random(f"{kind.name} {level} steps")
    return [finished(kind.draft(level, rng)).steps for _ in range(count)]


def solver_accuracy(steps: Sequence[int], error_rate: float = ERROR_RATE) -> float:
    """Accuracy of a solver who errs in each step with probability `error_rate` and is wrong after any error.

    Args:
        steps: Elementary steps of each item; at least one item.
        error_rate: Probability of an error in a step.

    Returns:
        The mean probability of no error, 0 to 1.
    """
    return sum((1 - error_rate) ** each for each in steps) / len(steps)
