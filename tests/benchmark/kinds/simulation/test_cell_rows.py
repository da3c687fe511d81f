"""Cellular automata, solved again by Wolfram's rule numbers on whole rows of bits."""

import re

import pytest

from skillprobe_core.benchmark.item_schema import prompt_of
from skillprobe_core.benchmark.kinds.simulation.cell_rows import KIND
from skillprobe_core.benchmark.ladder import LADDER

# Elementary rules 90, 165, 60 and 102, and from level 6 on 30, 86, 45 and 101: S. Wolfram, Statistical mechanics of
# cellular automata, 1983.
EXERCISES = {
    "exactly one of": 90,
    "were equal": 165,
    "changes if its left neighbour was 1": 60,
    "changes if its right neighbour was 1": 102,
}
CHAOTIC = {
    "left neighbour if it or its right": 30,
    "right neighbour if it or its left": 86,
    "left neighbour if it was 1 or its right": 45,
    "right neighbour if it was 1 or its left": 101,
}
WOLFRAM = EXERCISES | CHAOTIC


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        cells = re.search(r"((?:[01], )+[01])\.", item.prompt)[1].split(", ")
        (rule,) = (number for words, number in WOLFRAM.items() if words in item.prompt)
        for _ in range(int(re.search(r"(\d+) generation", item.prompt)[1])):
            around = ["0", *cells, "0"]
            codes = [int("".join(around[place : place + 3]), 2) for place in range(len(cells))]
            cells = [str(rule >> code & 1) for code in codes]
        assert ", ".join(cells) == item.answer, item.prompt


@pytest.mark.parametrize("level", KIND.levels[:6])
def test_all_rules_are_drawn(level):
    import random

    prompts = [prompt_of(KIND.draft(level, random.Random(seed))) for seed in range(60)]
    possible = EXERCISES if level < LADDER else CHAOTIC
    assert all(any(words in prompt for prompt in prompts) for words in possible)
