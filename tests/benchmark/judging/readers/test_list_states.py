"""The last list of a trace, and the values of labels, before remarks."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.list_shape import element_of, shape_of
from skillprobe_core.benchmark.judging.readers.list_states import last_state, named_values

ROW = shape_of("1, 2, 3", AnswerType.SEQUENCE, question_of("What is the row 3, 1, 2 after two swaps?"))
LINE = shape_of("Ida, Bo, Kim", AnswerType.SEQUENCE, question_of("Give the line of Bo, Kim and Ida now."))
VALUES = shape_of("8, 6", AnswerType.SEQUENCE, question_of("u = 5\nv = 6\nu = 8\nWhat are u and v at the end?"))


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("Start: 3, 1, 2\nSwap: 1, 2, 3\n\nIt is sorted now.", "1, 2, 3"),
        ("3, 1, 2 -> 1, 2, 3\nThat took 2 swaps.", "1, 2, 3"),
        ("| step | row |\n|---|---|\n| swap | 3 | 1 | 2 |\n\nThat is the last row.", "3, 1, 2"),
        ("Swap: 1, 2, 3", ""),
        ("Swap: 1, 2, 3\n\nNo, that is wrong.", ""),
        ("Swap: 1, 2, 3\n\nThen 3 and 2 change places.", ""),
    ],
)
def test_the_last_state_is_read_before_a_remark_on_it(body, state):
    assert last_state(body, ROW) == state


def test_names_of_a_line_are_a_state_as_well():
    assert last_state("1. Bo, Kim, Ida\n2. Ida, Bo, Kim\n\nThe last row is the line now.", LINE) == "Ida, Bo, Kim"
    assert last_state("1. Ida\n2. Bo\n3. Kim", LINE) == ""


@pytest.mark.parametrize(
    "text",
    ["u is 8 and v is 6.", "At the end, `v` is 6 and `u` is 8.", "u = 8\nv = 6\n\nOnly u changed.", "- u: 8\n- v: 6"],
)
def test_values_are_put_in_the_order_of_their_labels(text):
    assert named_values(text, VALUES) == [element_of("8"), element_of("6")]


@pytest.mark.parametrize("text", ["u = 8", "u = 8, u = 6", "u = 8 and v = 6, but then 6, 8", "u = 8; later on, v = 6"])
def test_other_values_behind_them_or_between_them_are_not_left_out(text):
    assert named_values(text, VALUES) is None
