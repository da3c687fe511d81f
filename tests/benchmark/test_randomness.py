"""The stream of a draw is Python's own generator, draw for draw."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.randomness import Stream

POPULATIONS = st.one_of(
    st.lists(st.integers(), max_size=60),
    st.lists(st.integers(), max_size=60).map(tuple),
    st.text(max_size=60),
    st.integers(0, 200).map(range),
)
CALLS = st.one_of(
    st.tuples(st.just("choice"), POPULATIONS.filter(len)),
    st.tuples(st.just("randint"), st.integers(-50, 10**12), st.integers(0, 10**12)).map(
        lambda call: (call[0], call[1], call[1] + call[2])
    ),
    POPULATIONS.flatmap(lambda all_: st.tuples(st.just("sample"), st.just(all_), st.integers(0, len(all_)))),
    st.tuples(st.just("choices"), POPULATIONS.filter(len)),
    st.tuples(st.just("randrange"), st.integers(1, 10**9)),
    st.tuples(st.just("shuffled"), st.lists(st.integers(), max_size=60)),
    st.tuples(st.just("random")),
)


def called(rng, name, *arguments):
    if name == "shuffled":
        values = list(arguments[0])
        rng.shuffle(values)
        return values
    return getattr(rng, name)(*arguments)


@given(st.integers(0, 2**256), st.lists(CALLS, max_size=12))
def test_it_draws_what_python_draws(seed, calls):
    ours, python = Stream(seed), random.Random(seed)
    for call in calls:
        assert called(ours, *call) == called(python, *call)
    assert ours.getstate() == python.getstate()


@pytest.mark.parametrize(
    "call",
    [
        ("choice", []),
        ("randint", 3, 2),
        ("randint", 3, -2),
        ("sample", [1, 2], 3),
        ("sample", [1, 2], -1),
        ("sample", {1, 2, 3}, 2),
        ("sample", dict.fromkeys("abc"), 2),
    ],
)
def test_it_refuses_what_python_refuses(call):
    with pytest.raises((IndexError, ValueError, TypeError)) as python:
        called(random.Random(1), *call)
    with pytest.raises(python.type):
        called(Stream(1), *call)


def test_counts_are_python_s():
    assert Stream(5).sample("ab", 3, counts=[2, 4]) == random.Random(5).sample("ab", 3, counts=[2, 4])
