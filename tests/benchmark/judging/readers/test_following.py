"""Words after a name."""

import pytest

from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.following import follows
from skillprobe_core.benchmark.judging.readers.names import context_of

CONTEXT = context_of(("Lima", "Ciudad de los Reyes"), question_of("What is the capital of Peru?"))


@pytest.mark.parametrize(
    "right",
    ["", ".", ", Peru", " (Peru)", ", which lies on the coast", " because it is", " is the capital",
     " - I am sure", ", not Cusco", "!",
     " rather than Cusco", " or Ciudad de los Reyes", " (Ciudad de los Reyes)", ": the capital", "? Yes.",
     " in Peru", "'", " and it is big"],
)  # fmt: skip
def test_these_may_follow_a_name(right):
    assert follows(right, CONTEXT, "Lima")


@pytest.mark.parametrize(
    "right",
    [" or Cusco", ", Cusco", " and Cusco", "/Cusco", " (or Cusco)", " Airport", " beans", "? No", " + 2",
     ", Cusco or Ica", " per year", ")x", "]Cusco", "))2"],
)  # fmt: skip
def test_these_may_not(right):
    assert not follows(right, CONTEXT, "Lima")


def test_the_things_of_others_may_follow():
    question = question_of("Bea has the red hat and Max has the tan hat. What colour is the hat of Bea?")
    context = context_of(("red",), question)
    assert follows(" hat, Max the tan one.", context, "red")
    assert follows(" hat, and Max the tan one.", context, "red")
    assert not follows(" hat, or tan", context, "red")


def test_a_count_per_thing_of_the_question_is_its_count():
    context = context_of(("9",), question_of("How many players are there in one baseball team?"))
    assert follows(" players per team are usual", context, "9")
    assert not follows(" players per week are hurt", context, "9")
