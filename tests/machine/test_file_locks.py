"""Locks between threads and processes, whose files go with their holders."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from skillprobe_core.machine.file_locks import is_free, locked, removed_if_free

HOLD = (
    "import sys\nfrom pathlib import Path\nfrom skillprobe_core.machine.file_locks import locked\n"
    "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
)


def test_one_holds_it_at_a_time_and_the_file_goes_with_the_last(tmp_path: Path) -> None:
    file, inside, most = tmp_path / "one.lock", [0], []

    def enter(_: int) -> None:
        with locked(file):
            inside[0] += 1
            most.append(inside[0])
            inside[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(200)))
    assert most == [1] * 200
    assert list(tmp_path.iterdir()) == []


def test_sharers_keep_out_who_wants_it_alone(tmp_path: Path) -> None:
    file = tmp_path / "one.lock"
    with locked(file, shared=True):
        with locked(file, shared=True, wait=False), pytest.raises(BlockingIOError), locked(file, wait=False):
            pass
        assert file.exists()
        assert not removed_if_free(file)
        assert not is_free(file)
    with locked(file, wait=False):
        assert not is_free(file)
        with pytest.raises(BlockingIOError), locked(file, shared=True, wait=False):
            pass
    assert not file.exists()
    assert is_free(file)


def test_a_waiter_gets_it_although_its_file_is_removed(tmp_path: Path) -> None:
    file, entered = tmp_path / "one.lock", threading.Event()

    def wait() -> None:
        with locked(file):
            assert file.exists()
            entered.set()

    with locked(file):
        waiter = threading.Thread(target=wait)
        waiter.start()
        assert not entered.is_set()
    waiter.join()
    assert entered.is_set()
    assert not file.exists()


def test_a_killed_holder_leaves_a_file_that_anybody_may_remove(tmp_path: Path) -> None:
    file = tmp_path / "one.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ.copy()
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert not removed_if_free(file)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert file.exists()
    assert is_free(file)
    assert file.exists(), "a look changes nothing"
    assert removed_if_free(file)
    assert not file.exists()
