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
