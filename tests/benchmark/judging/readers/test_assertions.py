"""Assertions of a name in a text."""

import pytest

from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.assertions import asserted
from skillprobe_core.benchmark.judging.readers.names import context_of

CONTEXT = context_of(("Lima",), question_of("What is the capital of Peru?"))


@pytest.mark.parametrize(
    "text",
    [
        "Lima",
        "Let us see. The capital is Lima.",
        "Cusco. No, wait: Lima",
        "Cusco? No. Actually, Lima",
        "Lima. It has a port.",
        "LIMA!",
    ],
)
def test_a_name_is_asserted_once_corrections_are_read(text):
    assert asserted(("lima",), text, CONTEXT) in {"Lima", "LIMA"}


@pytest.mark.parametrize(
    "text",
    ["", "Lima. Actually, Cusco.", "Cusco. Lima is bigger.", "The capital is Cusco. Lima is bigger.",
     "It isn't Lima", "Lima is wrong", "It might be Lima, it might be Cusco.", "Lima? Maybe Cusco.",
     "Lima is what many say, the capital is Cusco.",
     "Lima cannot be it", "more than Lima"],
)  # fmt: skip
def test_a_name_that_is_taken_back_or_denied_is_not(text):
    assert asserted(("lima",), text, CONTEXT) is None


def test_the_longest_of_several_names_is_returned():
    context = context_of(("Grieg", "Edvard Grieg"), question_of(""))
    assert asserted(("grieg", "edvardgrieg"), "It was composed by Edvard Grieg.", context) == "Edvard Grieg"


def test_a_thing_that_is_given_away_is_not_held():
    question = question_of("Bea has the red hat and Max has the tan hat. What colour is the hat of Bea?")
    context = context_of(("red",), question)
    assert asserted(("red",), "Bea gives the red hat to Max.", context) is None
    assert asserted(("red",), "This gives the red hat to Bea.", context) == "red"


def test_a_denial_within_a_term_of_the_question_denies_nothing():
    context = context_of(("405",), question_of("Which status code has the phrase Method Not Allowed?"))
    assert asserted(("405",), "The code of Method Not Allowed is 405.", context) == "405"
    assert asserted(("405",), "The code is not 405.", context) is None
