"""Which split a prompt belongs to, and places of a stream."""

import math
import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import Draft, Skill, Split, finished
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND
from skillprobe_core.benchmark.splits import (
    draw,
    draw_for_pretraining,
    draw_with_units,
    is_withheld,
    permits,
    split_of,
)


@given(st.text(max_size=80))
def test_case_and_spacing_do_not_move_a_prompt(prompt):
    assert split_of(prompt) is split_of(f"  {prompt} \n")
    assert split_of(prompt.casefold()) is split_of(prompt)
    assert split_of(prompt.replace(" ", "\t  ")) is split_of(prompt)


def test_shares_are_eighty_ten_ten():
    total = 20_000
    counts = Counter(split_of(f"What is {number} + 1?") for number in range(total))
    for split, share in ((Split.TRAIN, 0.8), (Split.VALIDATION, 0.1), (Split.EVALUATION, 0.1)):
        assert abs(counts[split] / total - share) < 5 * math.sqrt(share * (1 - share) / total)


@pytest.mark.parametrize("split", Split)
def test_a_split_may_be_named_by_its_text(split):
    assert draw(KIND, 1, split.value, 0, 3) == draw(KIND, 1, split, 0, 3)


FACT_KINDS = [kind for kind in KINDS if kind.skill is Skill.FACT_RETRIEVAL]


def test_half_of_all_units_are_withheld_whatever_their_case():
    total = 20_000
    names = [f"general/capital/Town {number}" for number in range(total)]
    share = sum(map(is_withheld, names)) / total
    assert abs(share - 0.5) < 5 * math.sqrt(0.25 / total)
    assert all(is_withheld(name) is is_withheld(name.upper()) for name in names[:200])


def test_a_split_permits_questions_on_its_own_units_alone():
    names = [f"unit {number}" for number in range(40)]
    withheld, others = [n for n in names if is_withheld(n)], [n for n in names if not is_withheld(n)]
    for split in Split:
        own, foreign = (withheld, others) if split is Split.EVALUATION else (others, withheld)
        assert permits(split, ())
        assert permits(split, own)
        assert not permits(split, foreign[:1])
        assert not permits(split, [own[0], foreign[0]])


@given(st.sampled_from(FACT_KINDS), st.sampled_from([1, 2, 3, 4, 5]), st.integers(0, 2**40), st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_no_fact_that_evaluation_asks_is_in_another_split(kind, level, seed, index):
    for split in Split:
        item, units = draw_with_units(kind, level, split, seed, index)
        assert item == draw(kind, level, split, seed, index)
        assert units
        assert all(is_withheld(unit) == (split is Split.EVALUATION) for unit in units)
        assert split_of(item.prompt) is split


def test_pretraining_states_every_fact_under_training_prompts():
    kind = FACT_KINDS[0]
    drawn = [draw_for_pretraining(kind, 1, 3, index) for index in range(600)]
    assert {split_of(item.prompt) for item in drawn} == {Split.TRAIN}
    said = {item.reference.split("\n")[0] for item in drawn}
    evaluated = {draw(kind, 1, Split.EVALUATION, 3, index).reference.split("\n")[0] for index in range(40)}
    trained = {draw(kind, 1, Split.TRAIN, 3, index).reference.split("\n")[0] for index in range(600)}
    strip = lambda texts: {re.sub(r" That is [A-D]\.$", "", text) for text in texts}  # noqa: E731
    assert strip(evaluated) & strip(said)
    assert not strip(evaluated) & strip(trained)


def test_pretraining_on_a_kind_without_units_is_the_training_split():
    for index in range(20):
        assert draw_for_pretraining(KIND, 2, 5, index) == draw(KIND, 2, Split.TRAIN, 5, index)


def test_every_part_of_the_place_moves_the_draw():
    here = draw(KIND, 2, Split.TRAIN, 0, 0)
    others = [
        draw(KIND, 3, Split.TRAIN, 0, 0),
        draw(KIND, 2, Split.VALIDATION, 0, 0),
        draw(KIND, 2, Split.TRAIN, 1, 0),
        draw(KIND, 2, Split.TRAIN, 0, 1),
        draw(replace(KIND, version=KIND.version + 1), 2, Split.TRAIN, 0, 0),
        draw(replace(KIND, name="other"), 2, Split.TRAIN, 0, 0),
    ]
    assert len({item.prompt for item in (here, *others)}) == 7


@pytest.mark.parametrize("split", Split)
def test_a_kind_that_yields_its_prompt_is_worked_out_only_where_the_prompt_is_kept(split):
    worked_out = []

    def draft(level, rng):
        prompt = f"What is {rng.randint(1, 10**6)} + 0?"
        yield prompt
        worked_out.append(prompt)
        return Draft(prompt, prompt.split()[2], f"Answer: {prompt.split()[2]}", "plus", 0.0)

    def whole(level, rng):
        return finished(draft(level, rng))

    lazy = [draw(replace(KIND, draft=draft), 1, split, 0, index) for index in range(20)]
    assert worked_out == [item.prompt for item in lazy]
    assert all(split_of(prompt) is split for prompt in worked_out)
    assert lazy == [draw(replace(KIND, draft=whole), 1, split, 0, index) for index in range(20)]


def test_a_space_without_a_prompt_of_the_split_has_no_item():
    one = replace(KIND, draft=lambda level, rng: Draft("What is 1 + 1?", "2", "Answer: 2", "one", 1.0))
    home = split_of("What is 1 + 1?")
    assert [draw(one, 1, split, 0, 0) is not None for split in Split] == [split is home for split in Split]
