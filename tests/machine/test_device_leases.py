"""Leases of devices between real processes: exclusive, first come first served, all or none, released by the kernel."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from skillprobe_core.machine.device_leases import DeviceLeases, Lease, leases_in

WORKER = """
import random, sys, time
from pathlib import Path
from skillprobe_core.machine.device_leases import DeviceLeases
folder, lanes, seed, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
leases = DeviceLeases(folder, {f"cpu:{i}": f"cpu:{i}" for i in range(lanes)}, vacate=lambda: None)
draw = random.Random(seed)
for number in range(rounds):
    count = min(lanes, draw.choice((1, 1, 1, 2, lanes)))
    with leases.lease(count, f"{count} {seed} {number}") as names:
        assert len(set(names)) == count
        print(*names, flush=True)
        time.sleep(0.002 if rounds > 1 else 600)
    time.sleep(draw.random() / 100)
"""


def lanes(count: int) -> dict[str, str]:
    return {f"cpu:{number}": f"cpu:{number}" for number in range(count)}


def of_process(folder: Path, count: int, vacated: Callable[[], None] = lambda: None) -> DeviceLeases:
    return DeviceLeases(folder, lanes(count), vacate=vacated)


def worker(folder: Path, count: int, seed: int, rounds: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WORKER, str(folder), str(count), str(seed), str(rounds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def holders_at_once(log: list[Lease]) -> dict[str, int]:
    """The most computations on each device at the same time."""
    now: dict[str, set[str]] = {}
    most: dict[str, int] = {}
    for each in log:
        for device in each.devices:
            held = now.setdefault(device, set())
            (held.add if each.event == "taken" else held.remove)(each.work)
            most[device] = max(most.get(device, 0), len(held))
    assert not any(now.values())
    return most


def test_processes_never_share_a_device_and_all_of_them_get_theirs(tmp_path: Path) -> None:
    workers = [worker(tmp_path, 3, seed, 4) for seed in range(4)]
    assert [each.wait(120) for each in workers] == [0] * 4
    log = leases_in(tmp_path)
    taken = [each for each in log if each.event == "taken"]
    assert len(taken) == 16
    assert all(len(each.devices) == int(each.work.split()[0]) for each in taken)
    assert holders_at_once(log) == {f"cpu:{number}": 1 for number in range(3)}
    assert list(tmp_path.glob("*.ticket")) == []


def test_the_devices_of_a_killed_process_and_its_place_in_the_queue_are_free(tmp_path: Path) -> None:
    holder = worker(tmp_path, 1, 0, 1)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "cpu:0\n"
    waiter = worker(tmp_path, 1, 1, 1)
    until(lambda: list(tmp_path.glob("*.ticket")))
    shown: list[object] = []
    waiter.kill()
    waiter.wait()
    threading.Timer(0.3, holder.send_signal, [signal.SIGKILL]).start()
    with of_process(tmp_path, 1).lease(1, "next", waiting=shown.append) as names:
        assert names == ("cpu:0",)
    holder.wait()
    assert shown == [[f"cpu:0: 1 0 0 (process {holder.pid})"]]


@pytest.mark.parametrize("order", [(2, 1, 1), (1, 2, 1), (1, 1, 2)])
def test_requests_are_served_in_the_order_in_which_they_came(tmp_path: Path, order: tuple[int, ...]) -> None:
    def wait(count: int, number: int) -> None:
        with of_process(tmp_path, 2).lease(count, f"{number}"):
            pass

    threads = []
    with of_process(tmp_path, 2).lease(2, "first"):
        for number, count in enumerate(order):
            threads.append(threading.Thread(target=wait, args=(count, number)))
            threads[-1].start()
            until(lambda number=number: len(list(tmp_path.glob("*.ticket"))) == number + 1)
    for each in threads:
        each.join(60)
    taken = [each.work for each in leases_in(tmp_path) if each.event == "taken"]
    assert taken == ["first", "0", "1", "2"]


def test_a_process_keeps_what_it_loaded_until_another_needs_the_device(tmp_path: Path) -> None:
    vacated = threading.Event()
    one, other = of_process(tmp_path, 2, vacated.set), of_process(tmp_path, 2)
    for number in range(2):
        with one.lease(1, f"one {number}") as names:
            assert (names, one.in_use) == (("cpu:0",), ("cpu:0",))
        assert one.in_use == ()
    with other.lease(1, "other") as names:
        assert names == ("cpu:1",)
        assert not vacated.is_set()
        with of_process(tmp_path, 2).lease(1, "third") as given_up:
            assert given_up == ("cpu:0",)
            assert vacated.is_set()
    assert [(each.event, each.work, each.pid) for each in leases_in(tmp_path)][:4] == [
        ("taken", "one 0", os.getpid()),
        ("given_back", "one 0", os.getpid()),
        ("taken", "one 1", os.getpid()),
        ("given_back", "one 1", os.getpid()),
    ]


def test_a_request_for_more_devices_gives_up_the_kept_ones_first(tmp_path: Path) -> None:
    one, other = of_process(tmp_path, 2), of_process(tmp_path, 2)
    for leases in (one, other):
        with leases.lease(1, "a part"):
            pass
    with one.lease(2, "all") as names:
        assert names == ("cpu:0", "cpu:1")
        with one.lease(1, "within") as same:
            assert same == names


def test_threads_of_one_process_take_turns(tmp_path: Path) -> None:
    leases, draw = of_process(tmp_path, 2), random.Random(0)

    def work(number: int) -> None:
        with leases.lease(draw.choice((1, 2)), f"{number}"):
            time.sleep(0.002)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    with ExitStack() as ended:
        for each in threads:
            each.start()
            ended.callback(each.join)
    log = leases_in(tmp_path)
    assert [each.event for each in log] == ["taken", "given_back"] * 6
    assert set(holders_at_once(log).values()) == {1}


def test_more_devices_than_there_are_is_a_fault_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="3 devices are wanted, and there are 2"), of_process(tmp_path, 2).lease(3, ""):
        pass
