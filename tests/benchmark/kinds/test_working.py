"""How draws and solutions are written."""

import random

from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.kinds.working import choices, spoken


@given(st.integers(0, 2**64), st.lists(st.integers(), min_size=1, max_size=40), st.integers(0, 20))
def test_choices_are_single_choices_one_after_the_other(seed, population, count):
    at_once, singly = random.Random(seed), random.Random(seed)
    assert choices(at_once, population, count) == [singly.choice(population) for _ in range(count)]
    assert at_once.getstate() == singly.getstate()


def test_words_are_listed_as_a_sentence_lists_them():
    assert [spoken(list("abc")[:count]) for count in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
