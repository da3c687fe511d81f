"""Lists, compared in order, as sets, or with counts, in the forms in which they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import Verdict, is_right, judge_answer, read
from skillprobe_core.benchmark.judging.statements import Statement

Q, S, M = AnswerType.SEQUENCE, AnswerType.SET, AnswerType.MULTISET

word = st.text("bcdefghijklm", min_size=1, max_size=7)
element = st.one_of(word, st.integers(-999, 999).map(str))


def right(answer_type: AnswerType, answer: str, text: str, accepted: tuple[str, ...] = ()) -> bool:
    return is_right(AnswerKey(answer_type, answer, accepted), text)


@given(st.lists(element, min_size=1, max_size=6), st.lists(element, min_size=1, max_size=6), st.randoms())
def test_lists_against_python(expected, found, random):
    answer, text = ", ".join(expected), ", ".join(found)
    assert right(AnswerType.SEQUENCE, answer, text) == (expected == found)
    assert right(AnswerType.MULTISET, answer, text) == (sorted(expected) == sorted(found))
    assert right(AnswerType.SET, answer, text) == (len(set(found)) == len(found) and set(expected) == set(found))
    mixed = random.sample(expected, len(expected))
    assert right(AnswerType.MULTISET, answer, "; ".join(mixed))
    assert right(AnswerType.SET, answer, "{" + ", ".join(mixed) + "}") == (len(set(expected)) == len(expected))


@pytest.mark.parametrize("answer", ["1+3, 2+2", "0-1, 1-2", "Ash-Bay-Elm, Ash-Elm", "linux-arm", "0-2-1"])
def test_blanks_around_what_joins_an_element_make_no_difference(answer):
    for form in (answer, answer.replace("+", " + ").replace("-", " - "), answer.replace("-", " \u2013 ")):
        assert right(AnswerType.SET, answer, form)
        assert right(AnswerType.SEQUENCE, answer, form)
        assert not right(AnswerType.SET, answer, form[:-1] + "7")


def test_list_notations():
    assert right(AnswerType.SEQUENCE, "2, 1, 4", "2 1 4")
    assert right(AnswerType.SEQUENCE, "2, 1, 4", "2.0, 01, 4")
    assert right(AnswerType.SEQUENCE, "5, 6", "a = 5, b = 6")
    assert not right(AnswerType.SEQUENCE, "a = 5, b = 6", "a = 6, b = 5")
    assert not right(AnswerType.SEQUENCE, "New York, Rome", "New York Rome")
    assert right(AnswerType.SET, "none", "[]")
    assert right(AnswerType.SET, "none", "none")
    assert not right(AnswerType.SET, "none", "3")
    assert not right(AnswerType.SET, "1/2", "0.25")
    assert right(AnswerType.SET, "1/2", "0.5")


LETTERS, FACTORS = (
    "Which letters does the word have, each as often as it occurs?",
    "Give the prime factors of the number.",
)
ROOTS = "Find all x with x^2 = 9."


@pytest.mark.parametrize(
    ("answer_type", "answer", "question", "text", "expected"),
    [
        (AnswerType.MULTISET, "O, T, T", LETTERS, "T twice, O once", True),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "O: 1, T: 2", True),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "2 T's and 1 O", True),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "T \u00d7 2, O \u00d7 1", True),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "O: 2, T: 1", False),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "T three times, O once", False),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "O and T", False),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "3 \u00d7 3 \u00d7 5", True),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "45 = 3 * 3 * 5", True),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "3 (twice) and 5 (once)", True),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "3 * 5", False),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "9 * 5", False),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "3 and 5, where 5 occurs twice", False),
        (S, "-3, 3", ROOTS, "x = \u00b13", True),
        (S, "-3, 3", ROOTS, "\\pm 3", True),
        (S, "-3, 3", ROOTS, "\\pm 9", False),
        (S, "-3, 3", ROOTS, "3 \\pm 3", False),
        (Q, "2, 5, 9", "Sort 9, 2, 5.", "2 < 5 < 9", True),
        (Q, "9, 5, 2", "Sort 9, 2, 5 downwards.", "9 > 5 > 2", True),
        (Q, "2, 5, 9", "Sort 9, 2, 5.", "9 > 5 > 2", False),
        (Q, "2, 5, 9", "Sort 9, 2, 5.", "2 < 9", False),
        (Q, "2, 5, 9", "Sort 9, 2, 5.", "Les nombres sont 2, 5 et 9.", True),
        (Q, "2, 5, 9", "Sort 9, 2, 5.", "Les nombres sont 2 et 9.", False),
    ],
)
def test_counts_products_signs_and_chains_stand_for_lists(answer_type, answer, question, text, expected):
    assert is_right(AnswerKey(answer_type, answer, (), None, question), text) is expected


def test_a_count_of_the_question_is_not_an_answer_until_it_is_stated_as_one():
    key = AnswerKey(
        AnswerType.MULTISET, "red, red, tan", (), None, "A bag has two red balls and one tan ball. List them."
    )
    repeated = "The bag has two red balls and one tan ball."
    assert not read(Statement(repeated, "last_line", False), key).right
    assert is_right(key, "2 red and 1 tan")


def test_labels_are_put_in_the_order_of_the_question():
    key = AnswerKey(Q, "1, 3", (), None, "Start at 4, 4 and go left. Where are you? Give row, then column.")
    assert is_right(key, "column = 3, row = 1")
    assert not is_right(key, "column = 1, row = 3")


@pytest.mark.parametrize(
    ("text", "rule", "found"),
    [
        ("3. 20", "last_line", False),
        ("These remain:\n1. 16\n2. 18\n3. 20", "text", True),
        ("We had [1, 2] and end with [16, 18, 20].", "text", True),
        ("The numbers are 16, 18 and 20.", "last_line", True),
        ("I hope this helps.", "last_line", False),
    ],
)
def test_without_a_mark_the_last_list_is_read(text, rule, found):
    assert read(Statement(text, rule, False), AnswerKey(S, "16, 18, 20")).right is found


@given(st.lists(st.integers(2, 30), min_size=2, max_size=6, unique=True))
def test_long_elements_without_spaces_may_stand_on_lines_of_their_own(lengths):
    """A path of many places is one element however long it is, so its line belongs to the list."""
    routes = ["-".join(["Ash", "Bay", "Cove", "Dale"][place % 4] for place in range(size)) for size in lengths]
    key = AnswerKey(S, ", ".join(routes))
    assert is_right(key, "\n" + "\n".join(routes))
    assert not is_right(key, "\n" + "\n".join([*routes, "zebra"]))


STACK = "A stack holds, from bottom to top, 4, 7, 9. Run swap. Give the final stack from bottom to top."


@pytest.mark.parametrize(
    ("text", "correct"),
    [
        ("From bottom to top the stack holds 4 9 7.", True),
        ("From top to bottom the stack holds 7 9 4.", True),
        ("From top to bottom the stack holds 4 9 7.", False),
        ("The stack, top first: 4, 9, 7", False),
        ("First it holds 4, 9, 7. Then it holds 4, 7, 9.", False),
        ("First it holds 4, 7, 9. Then it holds 4, 9, 7.", True),
    ],
)
def test_a_list_in_the_opposite_order_is_turned(text, correct):
    key = AnswerKey(Q, "4, 9, 7", (), None, STACK)
    assert (judge_answer(key, text)[0] is Verdict.CORRECT) == correct


def test_groups_may_be_written_one_per_line():
    key = AnswerKey(S, "Ana-Bo, Ana-Cy", (), None, "Which pairs of Ana, Bo and Cy are possible?")
    assert judge_answer(key, "1. Ana, Bo\n2. Ana, Cy")[0] is Verdict.CORRECT
    assert judge_answer(key, "1. Ana, Bo\n2. Bo, Cy")[0] is not Verdict.CORRECT


def test_slots_may_be_written_with_their_day_as_a_label():
    key = AnswerKey(S, "Monday noon, Friday night", (), None, "Which slots are free?")
    assert judge_answer(key, "Monday: noon\nFriday: night")[0] is Verdict.CORRECT
    assert judge_answer(key, "Monday: night\nFriday: noon")[0] is not Verdict.CORRECT
