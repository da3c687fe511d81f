"""Tensors in threads: in order, within the memory, ended by the first error."""

import threading
import time
from functools import partial

import pytest
import torch

from skillprobe_core.measurements.parameters.tensor_workers import Job, in_parallel, one_by_one


@pytest.mark.parametrize(("room", "together"), [(1, 1), (10, 1), (25, 2), (1000, 8)])
def test_jobs_in_work_never_hold_more_than_there_is_room_for(room, together):
    """A job larger than all the room runs alone; with room enough, as many run as there are threads."""
    lock, running, most = threading.Lock(), 0, 0
    full = threading.Event()

    def job() -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == together:
                full.set()
        full.wait(5)
        time.sleep(0.01)  # for one job too many to come in
        with lock:
            running -= 1
        return running

    found = in_parallel([Job(job, 10)] * 20, memory=room, workers=8)
    assert len(found) == 20
    assert most == together


def test_jobs_that_wait_for_room_do_not_run_after_the_first_error():
    ran = []

    def fail() -> None:
        time.sleep(0.1)  # the others are at the door by now
        raise ZeroDivisionError

    def work() -> None:
        ran.append(1)
        time.sleep(0.1)

    with pytest.raises(ZeroDivisionError):
        in_parallel([Job(fail, 30), *[Job(work, 10)] * 15], memory=30, workers=16)
    assert len(ran) < 15


@pytest.mark.parametrize("workers", [1, 3, 8])
def test_results_come_in_the_order_of_the_jobs(workers: int) -> None:
    jobs = [Job(lambda n=n: (time.sleep(0.002 * (n % 3)), n)[1], 1) for n in range(40)]  # type: ignore[misc]
    assert in_parallel(jobs, memory=100, workers=workers) == list(range(40))


def test_only_a_few_results_wait_to_be_consumed() -> None:
    started: list[int] = []
    results = one_by_one([Job(lambda n=n: started.append(n), 1) for n in range(200)], memory=10**9, workers=2)  # type: ignore[misc]
    next(results)
    time.sleep(0.05)
    assert len(started) < 40
    assert len(list(results)) == 199


def test_threads_have_one_of_torchs_and_the_number_is_as_before_afterwards() -> None:
    before = torch.get_num_threads()
    assert set(in_parallel([Job(torch.get_num_threads, 1)] * 4, memory=10, workers=2)) == {1}
    assert torch.get_num_threads() == before


def test_no_jobs_have_no_results() -> None:
    assert in_parallel([], memory=0) == []


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError("out of memory")])
def test_a_job_that_runs_out_of_memory_is_run_again_alone(error: Exception) -> None:
    running, alone = [0], list[int]()
    lock = threading.Lock()

    def work(number: int) -> int:
        with lock:
            running[0] += 1
        time.sleep(0.002)
        with lock:
            others = running[0] - 1
            running[0] -= 1
        if number % 3 == 0 and number not in refused:
            refused.append(number)
            raise error
        if number % 3 == 0:
            alone.append(others)
        return number * number

    refused: list[int] = []
    jobs = [Job(partial(work, number), 10) for number in range(12)]
    assert in_parallel(jobs, memory=40, workers=4) == [number * number for number in range(12)]
    assert sorted(refused) == [0, 3, 6, 9]
    assert alone == [0] * 4
