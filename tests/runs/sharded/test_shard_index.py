"""Chunks that cover their tensor, and files that are long enough."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.runs.sharded.shard_index import Chunk, DamagedIndex, ShardIndex, checked, missing


def rows(*bounds: tuple[int, int], columns: int = 3, file: str = "a") -> list[Chunk]:
    return [Chunk((start, 0), (stop - start, columns), file, 10 * start, 10) for start, stop in bounds]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_any_division_into_rows_covers_a_matrix(sizes: list[int]) -> None:
    ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
    chunks = rows(*zip([0, *ends[:-1]], ends, strict=True))
    found = checked("w", ("w",), (ends[-1], 3), "float32", chunks)
    assert sum(chunk.elements for chunk in found.chunks) == 3 * ends[-1]
    assert all(chunk.elements for chunk in found.chunks)


@pytest.mark.parametrize(
    "chunks",
    [
        rows((0, 2)),
        rows((0, 2), (3, 5)),
        rows((0, 2), (0, 2)),
        rows((0, 5)),
        rows((-1, 3)),
        rows((0, 4), columns=4),
        [Chunk((0,), (12,), "a", 0, 4)],
        rows((0, 4), file="../a"),
        [Chunk((0, 0), (4, 3), "a", -1, 4)],
    ],
)
def test_chunks_that_do_not_cover_the_matrix_are_refused(chunks: list[Chunk]) -> None:
    with pytest.raises(DamagedIndex):
        checked("w", ("w",), (4, 3), "float32", chunks)


def test_a_short_file_is_named(tmp_path: Path) -> None:
    index = ShardIndex(tmp_path, {"w": checked("w", ("w",), (4, 3), "float32", rows((0, 2), (2, 4)))})
    assert index.ends() == (("a", 30),)
    assert missing(tmp_path, index.ends()) == "shard a is missing"
    (tmp_path / "a").write_bytes(bytes(29))
    assert missing(tmp_path, index.ends()) == "shard a is truncated: 29 bytes, but the index says 30"
    (tmp_path / "a").write_bytes(bytes(30))
    assert missing(tmp_path, index.ends()) is None
