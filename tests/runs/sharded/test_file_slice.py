"""A part of a file reads as a file with these bytes."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.runs.sharded.file_slice import FileSlice

DATA = bytes(range(256)) * 3
MOVES = st.lists(st.tuples(st.sampled_from([os.SEEK_SET, os.SEEK_CUR, os.SEEK_END]), st.integers(0, 90)), max_size=6)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("slice") / "file"
    path.write_bytes(DATA)
    return path


@given(st.integers(0, 700), st.integers(0, 68), MOVES)
def test_it_reads_as_the_bytes_do(file: Path, start: int, length: int, moves: list[tuple[int, int]]) -> None:
    expected = io.BytesIO(DATA[start : start + length])
    with io.BufferedReader(FileSlice(file, start, length), buffer_size=16) as found:
        for whence, offset in moves:
            by = -offset if whence == os.SEEK_END else offset
            if whence == os.SEEK_END and offset > length:
                by = 0
            assert found.seek(by, whence) == expected.seek(by, whence)
            assert found.read(7) == expected.read(7)
            assert found.tell() == expected.tell()
        found.seek(0)
        assert found.read() == expected.getvalue()


def test_closing_it_closes_the_file(file: Path) -> None:
    part = FileSlice(file, 0, 4)
    part.close()
    with pytest.raises(ValueError, match="closed"):
        part.read(1)
