"""A file that is cut short while it is mapped: zeros and a count in a block, the end of the process outside of one."""

import mmap
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from skillprobe_core.machine.compiled import compiled_library
from skillprobe_core.machine.page_faults import surviving_page_faults, unread_pages

PAGE = mmap.PAGESIZE
SOURCE = Path(__file__).parents[2] / "skillprobe_core" / "machine" / "page_faults.c"

pytestmark = pytest.mark.skipif(compiled_library(SOURCE, "page_faults") is None, reason="there is no C compiler")

OUTSIDE = """
import mmap, os, sys
from skillprobe_core.machine.page_faults import surviving_page_faults
file = open(sys.argv[1], "r+b")
mapped = mmap.mmap(file.fileno(), 0)
with surviving_page_faults():
    pass
os.truncate(sys.argv[1], 0)
mapped[0]
"""
SENT = """
import os, signal
from skillprobe_core.machine.page_faults import surviving_page_faults
with surviving_page_faults():
    os.kill(os.getpid(), signal.SIGBUS)
"""


def mapped(file: Path, pages: int) -> mmap.mmap:
    file.write_bytes(b"x" * (pages * PAGE))
    with file.open("r+b") as opened:
        return mmap.mmap(opened.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)


def test_pages_beyond_the_end_read_as_zeros_and_are_counted(tmp_path: Path) -> None:
    content, before = mapped(tmp_path / "file", 8), unread_pages()
    with surviving_page_faults(), surviving_page_faults():
        os.truncate(tmp_path / "file", 2 * PAGE + 1)
        assert content[: 2 * PAGE] == b"x" * (2 * PAGE)
        assert unread_pages() == before
        assert content[3 * PAGE :] == bytes(5 * PAGE)
    assert unread_pages() == before + 5


def test_threads_share_the_handler_until_the_last_block_ends(tmp_path: Path) -> None:
    content, before = mapped(tmp_path / "file", 4), unread_pages()
    entered, ended = threading.Event(), threading.Event()

    def read() -> None:
        with surviving_page_faults():
            entered.set()
            ended.wait(60)
            assert content[PAGE] == 0

    thread = threading.Thread(target=read)
    with surviving_page_faults():
        thread.start()
        assert entered.wait(60)
        os.truncate(tmp_path / "file", 0)
    ended.set()
    thread.join()
    assert unread_pages() == before + 1


@pytest.mark.parametrize("program", [OUTSIDE, SENT])
def test_other_signals_and_those_outside_of_a_block_end_the_process(program: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * PAGE)
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path / "file")], check=False)
    assert ended.returncode == -signal.SIGBUS
