"""Letters of options in a text."""

import pytest

from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.choice_mentions import copies_options, groups_of, is_chain, mentions_in

QUESTION = question_of("Which is a metal? A) iron, B) oxygen, C) neon, D) argon")
TEXTS = {letter: (text,) for letter, text in QUESTION.options.items()}


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("I think it is B.", "B"),
        ("A metal is A, not (b).", "AB"),
        ("option c", "C"),
        ("U.S. metals, class E", ""),
        ("D, C and A", "DCA"),
    ],
)
def test_letters_of_options_are_mentions_and_words_are_not(text, letters):
    assert "".join(each.letter for each in mentions_in(text, TEXTS, QUESTION)) == letters


def test_joined_letters_are_one_group_and_arrows_make_a_chain():
    text = "A, B or C; then D"
    assert [len(group) for group in groups_of(text, mentions_in(text, TEXTS, QUESTION))] == [3, 1]
    assert is_chain("A -> B -> C", mentions_in("A -> B -> C", TEXTS, QUESTION))
    assert not is_chain("A -> B, C", mentions_in("A -> B, C", TEXTS, QUESTION))


@pytest.mark.parametrize(("text", "copied"), [("A) iron B) oxygen C) neon", True), ("A) iron is right, not B", False)])
def test_options_in_a_row_are_a_copy(text, copied):
    assert copies_options(text, mentions_in(text, TEXTS, QUESTION), TEXTS) is copied
