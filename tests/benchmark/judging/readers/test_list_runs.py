"""Runs of elements in a sentence, and lists of which each element is named once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import Verdict, judge_answer
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.list_runs import is_revised, last_run, named_once
from skillprobe_core.benchmark.judging.readers.list_shape import shape_of

NUMBERS = shape_of("56, 64, 68", AnswerType.SET, question_of("List every multiple of 4 without the digit 0."))
ROUTES = shape_of("Ash-Bay, Ash-Elm-Bay", AnswerType.SET, question_of("List all routes from Ash to Bay."))
STRAND = shape_of("G, A, T", AnswerType.SEQUENCE, question_of("What is the strand A, G, T after the swap?"))


@pytest.mark.parametrize(
    "text",
    [
        "Since 60 has a 0, we keep 56, 64 and 68.",
        "Candidates: 56, 60, 64, 68. Without zeros: 56, 64, 68",
        "56, 64 and 68 work, since none has a zero.",
        "At the end, 56, 64 and 68 (not 60) are left over.",
        "Only 56, 64 and 68 satisfy both conditions.",
    ],
)
def test_the_last_run_of_a_sentence_is_its_list(text):
    assert last_run(text, NUMBERS) == [56, 64, 68]


@pytest.mark.parametrize(
    "text",
    [
        "We exclude 56, 64 and 68.",
        "56, 64 and 68 are not allowed.",
        "They are 56, 64, 68, ...",
        "Everything but 56, 64 and 68",
        "56, 64, 68, and 72 if you like",
        "56 or 64 would be possible",
    ],
)
def test_runs_that_are_denied_open_or_added_to_are_not(text):
    assert last_run(text, NUMBERS) != [56, 64, 68]


@pytest.mark.parametrize("text", ["The strand reads GAT.", "It comes out as G A T.", "A-G-T, and swapped it's GAT"])
def test_letters_may_run_together(text):
    assert last_run(text, STRAND) == ["g", "a", "t"]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("3, 1, 2", "Three are left, namely 3, 1 and 2"),
        ("3, 1, 2", "3, 1 and 2 all fit"),
        ("ab, ba", "Filtered list -> ab, ba"),
        ("ab, ba", "There are two such words - ab and ba - in this order"),
        ("24, 26, 42, 46", "starting with 2: 24, 26; starting with 4: 42, 46"),
        ("Ann-Bo, Bo-Cy", "That leaves the pairs from Ann, Bo, Cy: Ann-Bo, Bo-Cy"),
        ("red-1, red-2, tan-1", "Listing:\n**red:** red-1, red-2\n**tan:** tan-1"),
        ("0-2, 1-2", "a[0] < a[2] -> 0-2; a[1] < a[2] -> 1-2"),
        ("Ann-Bo, Ann-Cy-Bo", "go directly (Ann-Bo), or around (Ann-Cy-Bo)"),
    ],
)
def test_introductions_parts_and_asides_do_not_hide_a_list(answer, text):
    key = AnswerKey(AnswerType.SET, answer, (), None, "Which ones are there?")
    assert judge_answer(key, text)[0] is Verdict.CORRECT
    assert judge_answer(key._replace(answer=f"{answer}, zz"), text)[0] is not Verdict.CORRECT


@given(
    st.permutations(["Ash-Bay", "Ash-Elm-Bay"]), st.sampled_from(["\n", "; ", ".\nVia Elm: ", "\n\n**Two roads:**\n- "])
)
def test_elements_that_are_named_once_are_a_list_in_any_layout(routes, between):
    text = between.join(routes)
    assert named_once(f"Direct: {text}", ROUTES)
    assert not named_once(f"{text}; {routes[0]}", ROUTES)
    assert not named_once(f"{text}, Ash-Oak-Bay", ROUTES)
    assert not named_once(f"Not allowed: {text}", ROUTES)
    assert not named_once(f"{text} is closed", ROUTES)


@pytest.mark.parametrize(
    "text",
    [
        "56, 64 and 68 all fail.",
        "56, 64 and 68 have a digit 0 in them.",
        "Multiples: 56, 64, 68. Of these only 64 counts.",
        "We have 56, 64 and 68. 54 also counts.",
        "56, 64, 68? 68 is odd, so 56 and 64.",
    ],
)
def test_words_behind_a_list_deny_it_add_to_it_or_choose_from_it(text):
    assert is_revised(text, NUMBERS)


@pytest.mark.parametrize(
    "text",
    [
        "56, 64 and 68, since 60 has a zero.",
        "56, 64 and 68 remain after dropping 60.",
        "56, 64 and 68. Only 60 has a zero.",
        "Not 60, but 56, 64 and 68.",
        "Only 56 and 64 count.",
    ],
)
def test_reasons_and_remarks_about_other_elements_do_not(text):
    assert not is_revised(text, NUMBERS)
