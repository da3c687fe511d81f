"""Words before a name."""

import pytest

from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.names import context_of
from skillprobe_core.benchmark.judging.readers.preceding import leads

CONTEXT = context_of(("Lima",), question_of("What is the capital of Peru?"))
YEAR = context_of(("1821",), question_of("In which year did Peru become independent?"))


@pytest.mark.parametrize(
    "left",
    ["", "The capital of Peru is ", "It's ", "the city of ", "Capital: ", "According to the map, ",
     "not Cusco but ", "Peru's capital, ",
     "I think that it is called ", "Its capital has been ", "We are in ", "x = ", "Yes, "],
)  # fmt: skip
def test_these_lead_to_a_name(left):
    assert leads(left, CONTEXT, "Lima")


@pytest.mark.parametrize(
    "left",
    ["New ", "Cusco or ", "Cusco, ", "Cusco and ", "Cusco is the capital and ", "If it were ", "moved from ",
     "Cusco/", "north of ",
     "The capital is Cusco, but the largest city is "],
)  # fmt: skip
def test_these_do_not(left):
    assert not leads(left, CONTEXT, "Lima")


@pytest.mark.parametrize("left", ["In ", "On July 28, ", "28 July ", "the year ", "It happened in ", "AD "])
def test_dates_lead_to_a_year(left):
    assert leads(left, YEAR, "1821")


def test_a_sum_leads_to_its_value():
    context = context_of(("360",), question_of("What is the sum of the angles of a square in degrees?"))
    assert leads("The angles add up to ", context, "360")
    assert leads("The angles of a square sum to ", context, "360")


def test_a_clause_about_another_thing_does_not_lead_to_a_name():
    assert not leads("Callao, which becomes ", CONTEXT, "Lima")
    assert not leads("Before it was ", CONTEXT, "Lima")


def test_a_second_subject_of_the_question_itself_leads_to_a_name():
    assert leads("Cusco is old, and the capital of Peru is ", CONTEXT, "Lima")
    assert not leads("Cusco is old, and the capital of Chile is ", CONTEXT, "Lima")
