import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.kinds.enumeration.assignments import assignments, exclusions


@st.composite
def problems(draw):
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=5))
    numbers = iter(range(sum(sizes)))
    places = [[next(numbers) for _ in range(size)] for size in sizes]
    values = st.integers(0, max(1, sum(sizes)) - 1)
    return places, draw(st.lists(st.tuples(values, values).filter(lambda pair: pair[0] != pair[1]), max_size=8))


def brute(places, pairs):
    barred = [set(pair) for pair in pairs]
    return [way for way in itertools.product(*places) if not any(pair <= set(way) for pair in barred)]


@given(problems())
def test_every_assignment_without_an_excluded_pair_is_found_in_order(problem):
    places, pairs = problem
    found, looks = assignments(places, exclusions(pairs))
    assert found == brute(places, pairs)
    assert looks >= sum(map(len, places[:1])) * all(places)


@given(problems(), st.data())
def test_a_total_keeps_the_assignments_with_that_weight_and_never_adds_looks(problem, data):
    places, pairs = problem
    weights = [data.draw(st.integers(0, 3)) for _ in range(sum(map(len, places)))]
    total = data.draw(st.integers(0, 8))
    found, looks = assignments(places, exclusions(pairs), weights=weights or [0], total=total)
    assert found == [way for way in brute(places, pairs) if sum(weights[value] for value in way) == total]
    assert looks <= assignments(places, exclusions(pairs))[1]


@pytest.mark.parametrize(("most", "given_up"), [(13, True), (14, False)])
def test_a_search_that_tries_too_many_values_is_given_up(most, given_up):
    # 2 values, then 2 * 2, then 4 * 2 are tried.
    places = [[0, 1], [2, 3], [4, 5]]
    found, looks = assignments(places, {}, most=most)
    assert looks == 14
    assert (found == []) is given_up
