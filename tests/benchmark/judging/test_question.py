"""Options, nouns and asking sentences of prompts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.kind_registry import all_kinds
from skillprobe_core.benchmark.splits import draw

OPTIONS = {"A": "nut, bolt", "B": "pin", "C": "key"}


@pytest.mark.parametrize(
    "prompt",
    [
        "Which one is it? A) nut, bolt, B) pin, C) key",
        "Among A) nut, bolt, B) pin, C) key, which is it?",
        "One of these is it: A) nut, bolt, B) pin, C) key. Which?",
        "Which one is it?\nA. nut, bolt\nB. pin\nC. key",
        "Which one is it?\n(A) nut, bolt\n(B) pin\n(C) key\nGive the letter.",
        "Which one is it?\nA: nut, bolt\nB: pin\nC: key",
    ],
)
def test_options_are_read_in_every_layout(prompt):
    question = question_of(prompt)
    assert question.options == OPTIONS
    assert "bolt" not in question.words
    assert {"it", "which"} <= question.words


def test_every_choice_prompt_of_the_benchmark_shows_the_right_option():
    kinds = [kind for kind in all_kinds() if kind.name.endswith("_choice")]
    items = [draw(kind, level, Split.TRAIN, 0, index) for kind in kinds for level in kind.levels for index in range(6)]
    drawn = [item for item in items if item is not None]
    assert len(drawn) > 100
    for item in drawn:
        question = question_of(item.prompt)
        assert list(question.options) == list("ABCD")
        assert question.options[item.answer] == item.accepted[0], item.prompt


@pytest.mark.parametrize("prompt", ["", "What is the capital of Norway?", "A) only one", "J. S. Bach wrote it."])
def test_a_prompt_without_options_has_none(prompt):
    assert not question_of(prompt).options


def test_a_prompt_that_names_the_answer_lends_only_the_words_that_ask():
    question = question_of("Ann has the red ball and Bob the blue ball. They swap. What colour is Ann's ball?")
    assert "red" in question.nouns(["green"])
    assert "red" not in question.nouns(["blue"])
    assert "colour" in question.nouns(["blue"])


@pytest.mark.parametrize("referring", ["Can you help?", "Which one is it?"])
def test_a_question_that_only_refers_leaves_the_words_to_the_other_sentences(referring: str) -> None:
    question = question_of(f"I am looking for the ninth prime number. {referring}")
    assert {"ninth", "prime"} <= question.posed


def test_lists_run_together_where_no_element_is_longer():
    assert question_of("Strand: A, C.").runs_together(["A", "C"])
    assert question_of("Row: 1, 0, 1.").runs_together(["1", "0"])
    assert not question_of("Row: 1, 0, 12.").runs_together(["1", "0"])
    assert question_of("Row: 3, 1, 2.").runs_together(["3", "1", "2"])
    assert not question_of("Row: 3, 1, 2.").runs_together(["1", "3"])
    assert not question_of("").runs_together(["3", "1", "2"])
    assert not question_of("").runs_together(["AC", "T"])
    assert not question_of("").runs_together(["A"])


@given(st.text(max_size=400))
def test_any_prompt_is_read(prompt):
    assert question_of(prompt).posed <= question_of(prompt).words


GRADES = "The marks of three boys are C, A and C. List the marks, in any order."
SHARE = "Write 0.25 as a fraction in lowest terms."


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (GRADES, "The marks of three boys are C, A and C."),
        (GRADES, "**The marks of three boys are C, A and C**"),
        (SHARE, "0.25 as a fraction in lowest terms"),
        (SHARE, "Write 0.25 as a fraction in lowest terms."),
        ("What is the opposite of loud?", "the opposite of loud"),
        ("Ivy threw a die twice: first 2, then 5. Which numbers came?", "Ivy threw a die twice: first 2, then 5."),
    ],
)
def test_a_repeated_sentence_or_part_gives_the_question_back(prompt, text):
    assert question_of(prompt).given_back(text)


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (GRADES, "C, A and C"),
        (GRADES, "The marks are C, A and C."),
        (GRADES, "The marks of three boys are C, C and A."),
        (SHARE, "0.25"),
        (SHARE, "0.25 as a fraction in lowest terms is 1/4"),
        ("Put in order: red, blue, green, white.", "red, blue, green, white"),
        ("Ann has the red ball and Cal has the blue ball. What has Ann?", "Ann has the red ball"),
        ("Simplify 7a - 2a + a.", "7a - 2a + a"),
        ("Which is long? A) the river in the north of Peru, B) a lake", "the river in the north of Peru"),
        ("", "the opposite of loud"),
    ],
)
def test_a_list_a_clause_an_option_and_an_answer_do_not(prompt, text):
    assert not question_of(prompt).given_back(text)
