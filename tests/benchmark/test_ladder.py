"""Steps of a level, and the solver who errs once in a thousand of them."""

import random
from dataclasses import replace

import pytest

from skillprobe_core.benchmark.item_schema import Draft
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND
from skillprobe_core.benchmark.ladder import solver_accuracy, steps_of


def counted(level: int, rng: random.Random) -> Draft:
    return Draft(f"{rng.random()}?", "1", "Answer: 1", "t", 0.0, steps=10 * level + rng.randint(0, 1))


def test_steps_are_those_of_the_draws() -> None:
    kind = replace(KIND, draft=counted)
    assert steps_of(kind, 3, 20) == steps_of(kind, 3, 20)
    assert set(steps_of(kind, 3, 20)) == {30, 31}


def test_the_solver_fails_as_one_who_draws_his_errors_does() -> None:
    rng, steps = random.Random(0), [200, 1600]
    runs = 4000
    right = sum(all(rng.random() >= 0.01 for _ in range(each // 10)) for each in steps for _ in range(runs))
    assert solver_accuracy([each // 10 for each in steps], 0.01) == pytest.approx(right / (2 * runs), abs=0.02)
    assert solver_accuracy([0]) == 1.0
