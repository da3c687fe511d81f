"""How draws and solutions are written."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.kinds.working import at_landmarks, choices, exactly, exercise, landmarks, rungs, spoken


@given(st.integers(0, 2**64), st.lists(st.integers(), min_size=1, max_size=40), st.integers(0, 20))
def test_choices_are_single_choices_one_after_the_other(seed, population, count):
    at_once, singly = random.Random(seed), random.Random(seed)
    assert choices(at_once, population, count) == [singly.choice(population) for _ in range(count)]
    assert at_once.getstate() == singly.getstate()


def test_words_are_listed_as_a_sentence_lists_them():
    assert [spoken(list("abc")[:count]) for count in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


def test_sizes_of_the_ladder_double():
    assert rungs(28, 3) == {6: 28, 7: 56, 8: 112}
    assert exactly(rungs(51, 2)) == {6: (51, 51), 7: (102, 102)}
    assert [exercise(level) for level in (1, 5, 6, 11)] == [1, 5, 5, 5]


@given(st.integers(1, 3000))
def test_landmarks_are_few_equally_spaced_and_end_with_the_last_state(count):
    found = landmarks(count)
    assert found[-1] == count - 1
    assert min(count, 13) <= len(found) <= min(count, 24)
    assert len({later - earlier for earlier, later in pairwise(found)}) <= 1
    states = [str(number) for number in range(count)]
    assert at_landmarks(states) == tuple(map(str, found))
