"""Loops at the end of a text, and nothing else, are found."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.judging.endings import Ending, ending_of, loops
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.splits import draw

MARKERS = ("<think>", "</think>")
WORDS = random.Random(0)


def prose(characters: int) -> str:
    text = ""
    while len(text) < characters:
        text += "".join(WORDS.choices(string.ascii_lowercase, k=WORDS.randint(1, 9))) + WORDS.choice([" ", ", ", ". "])
    return text[:characters]


@pytest.mark.parametrize("before", ["", "Let us think. ", prose(5000)])
@pytest.mark.parametrize("block", ["a", " 0,", "1. ", "The answer is 4.\n", "\u65e5\u672c\n", prose(300), prose(1000)])
@pytest.mark.parametrize("cut", [0, 1])
def test_a_block_that_repeats_until_the_end_is_a_loop(before, block, cut):
    written = before + block * max(4, 200 // len(block) + 2)
    assert loops(written + block[:cut])
    assert not loops(before + block * max(4, 200 // len(block) + 2) + " But then it ended in another way. " + prose(40))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "so so so",
        ", ".join(map(str, range(2000))),
        "\n".join(f"{n}. item number {n}" for n in range(500)),
        "".join(f"{n} + 7 = {n + 7}\n" for n in range(400)),
        str(2**9000),
        "10 ** 900 = 1" + "0" * 900,
        "1/3 = 0." + "3" * 900,
        "| a | b |\n|---|---|\n" * 3,
        prose(350) * 3,
        prose(1200) * 4,
        prose(5000),
        "[" + "0, 1, 1, 0, 1\n" * 3,
    ],
)
def test_lists_numbers_and_prose_are_not(text):
    assert not loops(text)


def test_no_reference_of_any_kind_is_a_loop_wherever_it_is_cut():
    for kind in KINDS:
        for level in kind.levels[:5]:
            item = draw(kind, level, Split.EVALUATION, 0, 0)
            if item is not None:
                text = f"{item.prompt}\n{item.reference}"
                assert not any(loops(text[:end]) for end in range(0, len(text), 17)), kind.name


def test_the_longest_references_hardly_ever_look_like_loops():
    """A long run of steps may leave a short state as it is four times in a row."""
    cuts = found = 0
    for kind in KINDS:
        item = draw(kind, kind.levels[-1], Split.TRAIN, 0, 0)
        assert item is not None
        text = item.reference
        ends = range(0, len(text), max(17, len(text) // 200))
        cuts, found = cuts + len(ends), found + sum(loops(text[:end]) for end in ends)
    assert cuts > 5_000
    assert found <= cuts / 1_000


@given(st.text(max_size=60), st.text(min_size=1, max_size=40), st.integers(0, 40))
def test_repetition_is_found_by_definition(before, block, cut):
    """The oracle writes the block out; the text then has at least 200 characters and four repetitions of it."""
    text = before + block * (-(-240 // len(block))) + block[: cut % len(block)]
    written = text.rstrip("\ufffd")
    if written == text:
        assert loops(text) is not block.isdigit()


def test_only_what_was_cut_can_have_looped():
    text = "again and " * 50
    assert ending_of("length", text, None, MARKERS) is Ending.LOOPED
    assert ending_of("stop", text, None, MARKERS) is Ending.ENDED
    assert ending_of("length", "", f"<think>{text}", MARKERS) is Ending.LOOPED
    assert ending_of("length", "then", f"<think>{text}</think>", MARKERS) is Ending.CUT


def test_a_million_characters_are_read_at_once():
    assert loops("ab" * 500_000)
    assert not loops("ab" * 500_000 + prose(300))
