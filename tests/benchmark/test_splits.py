"""Which split a prompt belongs to, and places of a stream."""

import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import Draft, Split, finished
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND
from skillprobe_core.benchmark.splits import draw, split_of


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
