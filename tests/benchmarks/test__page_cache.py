"""The counting of pages and read calls, on a file of known size."""

import os
from pathlib import Path

import pytest

from benchmarks._page_cache import drop, read_by_calls, resident

SIZE = 1 << 22


def test_pages_and_read_calls_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(os.urandom(SIZE))
    assert resident(file) == SIZE
    drop(file)
    if resident(file):
        pytest.skip("this file system keeps its pages")
    with file.open("rb") as opened:
        opened.read(SIZE // 4)
    assert SIZE // 4 <= resident(file) < SIZE, "a quarter and the kernel's read-ahead"
    before = read_by_calls()
    file.read_bytes()
    assert SIZE <= read_by_calls() - before < SIZE + (1 << 16)
    assert resident(file) == SIZE
