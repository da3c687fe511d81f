"""The battery finds what is wrong with a kind, and passes one that is sound."""

import itertools
import random
from dataclasses import replace

import pytest

from skillprobe_core.benchmark.battery import battery_checks as checks
from skillprobe_core.benchmark.item_schema import AnswerType, Draft, finished
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND


def mutated(**changes):
    def draft(level: int, rng: random.Random) -> Draft:
        made = finished(KIND.draft(level, rng))
        return replace(made, **{name: change(made) for name, change in changes.items()})

    return replace(KIND, name="mutant", draft=draft)


TWO_SENTENCES = mutated(answer=lambda d: "St. One. Two")


@pytest.mark.parametrize(
    ("check", "kind", "words"),
    [
        (checks.well_formed, mutated(prompt=lambda d: f"{d.prompt}\nAnswer:"), "contains an answer line"),
        (checks.well_formed, mutated(answer=lambda d: f"{d.answer}0"), "does not end in"),
        (checks.well_formed, mutated(evidence=lambda d: ("never said",)), "does not show its steps"),
        (checks.well_formed, mutated(chance=lambda d: 1.5), "not a probability"),
        (checks.well_formed, mutated(tolerance=lambda d: 0.1), "tolerance"),
        (checks.well_formed, mutated(template=lambda d: ""), "template"),
        (checks.right_is_right, replace(TWO_SENTENCES, answer_type=AnswerType.TEXT), "is judged"),
        (checks.wrong_is_wrong, mutated(accepted=lambda d: (f"{d.answer}1",)), "is judged"),
        (checks.splits_are_disjoint, mutated(prompt=lambda d: "What is it?"), "no prompt belongs"),
        (checks.answer_is_no_give_away, mutated(prompt=lambda d: f"{d.prompt} (It is {d.answer}.)"), "100%"),
    ],
)  # fmt: skip
def test_each_check_finds_its_fault(check, kind, words):
    assert not list(check(KIND, 1, 8))
    assert any(words in problem for problem in list(check(kind, 1, 8)))


def drawing_late(level, rng):
    yield "How many?"
    number = rng.randint(1, 9)
    return Draft("How many?", str(number), f"Answer: {number}", "t", 0.1)


def changing_its_mind(level, rng):
    yield "How many?"
    return Draft("How few?", "1", "Answer: 1", "t", 0.1)


@pytest.mark.parametrize(("draft", "words"), [(drawing_late, "drawn after"), (changing_its_mind, "but the draft's is")])
def test_a_kind_that_does_not_ask_first_is_found(draft, words):
    assert all(words in problem for problem in checks.question_comes_first(replace(KIND, draft=draft), 1, 3))
    assert len(list(checks.question_comes_first(replace(KIND, draft=draft), 1, 3))) == 3


def test_a_kind_whose_prompts_do_not_depend_on_the_seed_is_found():
    numbers = itertools.cycle(range(100))
    counted = replace(KIND, draft=lambda level, rng: Draft(f"{next(numbers)}?", "1", "Answer: 1", "t", 1.0))
    assert any("two seeds share" in problem for problem in checks.seeds_differ(counted, 1, 60))


def test_levels_that_are_the_same_task_are_found():
    flat = replace(KIND, draft=lambda level, rng: Draft(f"{rng.randint(1, 9)}?", "1", "Answer: 1", "t", 1.0))
    assert list(checks.levels_climb(flat, 20))
    assert not list(checks.levels_climb(KIND, 20))


@pytest.mark.parametrize(("top", "found"), [(100, False), (99, True), (0, True)])
def test_a_ladder_that_does_not_double_is_found(top, found):
    steps = {5: 50, 6: top}
    kind = replace(
        KIND, levels=(1, 5, 6), draft=lambda lv, rng: Draft("1?", "1", "Answer: 1", "t", 1.0, steps=steps[lv])
    )
    assert bool(list(checks.steps_double(kind, 2))) is found
    assert not list(checks.steps_double(replace(kind, levels=(1, 5)), 2))
