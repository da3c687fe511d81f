"""Computations that stop for other work lose no finished result and compute none twice."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.measurements.giving_way import GaveWay, GivingWay


@given(answers=st.lists(st.booleans(), max_size=30), number=st.integers(0, 12))
def test_all_results_come_in_order_and_each_job_runs_once(answers: list[bool], number: int) -> None:
    ran: list[int] = []
    left = iter(answers)
    way = GivingWay(lambda: next(left, False))

    def run(jobs: Sequence[int]) -> Iterator[int]:
        for job in jobs:
            ran.append(job)
            yield 10 * job

    stops = 0
    while True:
        found = []
        try:
            found.extend(way.go_on("rows", range(number), run))
        except GaveWay:
            stops += 1
            assert found == [10 * job for job in range(len(found))]
            assert 0 < len(found) < number
            continue
        break
    assert found == [10 * job for job in range(number)]
    assert ran == list(range(number))
    assert stops == sum(answers[: max(0, number - 1)])
    assert way.kept == {}


def test_an_error_keeps_what_was_finished_and_names_are_apart() -> None:
    way = GivingWay(lambda: False)

    def failing(jobs: Sequence[int]) -> Iterator[int]:
        for job in jobs:
            if job == 2:
                raise ValueError("no")
            yield job

    with pytest.raises(ValueError, match="no"):
        list(way.go_on("one", range(4), failing))
    assert list(way.go_on("two", range(2), failing)) == [0, 1]
    assert list(way.go_on("one", range(4), iter)) == [0, 1, 2, 3]


def test_the_computation_has_ended_before_the_urgent_work_begins() -> None:
    ended: list[str] = []

    def run(jobs: Sequence[int]) -> Iterator[int]:
        try:
            yield from jobs
        finally:
            ended.append("run")

    with pytest.raises(GaveWay) as raised:
        list(GivingWay(lambda: True).go_on("rows", range(3), run))
    assert (ended, raised.type) == (["run"], GaveWay)


def test_code_that_handles_errors_does_not_stop_it() -> None:
    assert not issubclass(GaveWay, Exception)
