"""The counting of `python -m benchmarks bytes_read`, on a file of known size."""

import os
from pathlib import Path

import pytest

from benchmarks.bytes_read import _drop, _rchar, _resident

SIZE = 1 << 22


def test_pages_and_read_calls_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(os.urandom(SIZE))
    assert _resident(file) == SIZE
    _drop(file)
    if _resident(file):
        pytest.skip("this file system keeps its pages")
    with file.open("rb") as opened:
        opened.read(SIZE // 4)
    assert SIZE // 4 <= _resident(file) < SIZE, "a quarter and the kernel's read-ahead"
    before = _rchar()
    file.read_bytes()
    assert SIZE <= _rchar() - before < SIZE + (1 << 16)
    assert _resident(file) == SIZE
