"""The log of finished completions: complete chunks only, each key once, whatever happens in between."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.errors import StoreError
from skillprobe_core.machine.file_locks import locked
from skillprobe_core.measurements.generations.chunk_log import SCHEMA, ChunkLog, answers_kept, log_version


def rows(keys: list[tuple[str, int]], text: str = "x") -> pl.DataFrame:
    made = [
        {
            "item_id": item, "sample": sample, "prompt_digest": "p", "seed": 7, "completion": text, "reasoning": None,
            "finish_reason": "stop", "prompt_tokens": 3, "completion_tokens": 1, "reasoning_tokens": 0,
            "completion_ids": [5],
        }
        for item, sample in keys
    ]  # fmt: skip
    return pl.DataFrame(made, schema=SCHEMA)


KEYS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=4)


@settings(max_examples=40, deadline=None)
@given(chunks=st.lists(KEYS, max_size=4), compacted=st.booleans())
def test_every_key_that_was_committed_is_there_once(
    chunks: list[list[tuple[str, int]]], compacted: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = ChunkLog(tmp_path_factory.mktemp("log"), "v")
    for keys in chunks:
        log.commit(rows(keys))
    if compacted:
        log.compact()
        assert len(list(log.folder.glob("*"))) <= 1
    found = log.rows()
    assert found.schema == SCHEMA
    assert set(found.select("item_id", "sample").rows()) == {key for keys in chunks for key in keys}
    assert not found.select("item_id", "sample").is_duplicated().any()


def test_what_was_not_renamed_does_not_count(tmp_path: Path) -> None:
    log = ChunkLog(tmp_path, "v")
    log.commit(rows([("a", 0)]))
    (chunk,) = log.folder.iterdir()
    (log.folder / ".half.tmp").write_bytes(chunk.read_bytes()[:50])
    assert log.rows().height == 1
    assert ChunkLog(tmp_path, "other").rows().is_empty()


def test_a_damaged_chunk_is_named_and_counts_for_nothing(tmp_path: Path) -> None:
    log = ChunkLog(tmp_path / "generations", "v")
    log.commit(rows([("a", 0), ("b", 0)]))
    log.commit(rows([("c", 0)]))
    assert answers_kept(tmp_path) == 3
    chunk = min(log.folder.iterdir(), key=lambda path: path.stat().st_size)
    chunk.write_bytes(chunk.read_bytes()[:-8])
    with pytest.raises(StoreError, match="cannot be read") as caught:
        log.rows()
    assert caught.value.path == str(chunk)
    assert answers_kept(tmp_path) < 3
    assert answers_kept(tmp_path / "nowhere") == 0


def test_a_log_belongs_to_one_checkpoint_backend_and_sampling() -> None:
    names = {log_version(*parts) for parts in (("c", "b", "s"), ("d", "b", "s"), ("c", "x", "s"), ("c", "b", "t"))}
    assert len(names) == 4
    assert log_version("c", "b", "s") in names


def test_a_log_may_be_shared(tmp_path: Path) -> None:
    """Whoever reads sees all that was committed before, while others merge chunks."""
    log = ChunkLog(tmp_path, "v")

    def use(name: str) -> None:
        for sample in range(12):
            log.commit(rows([(name, sample)]))
            found = log.rows().filter(pl.col("item_id") == name)
            assert sorted(found["sample"]) == list(range(sample + 1))
            if sample % 3 == 0:
                log.compact()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, "abcd"))
    log.compact()
    assert log.rows().height == 48
    assert len(list(log.folder.iterdir())) == 1


def test_what_a_killed_writer_left_goes_when_chunks_are_merged(tmp_path: Path) -> None:
    log = ChunkLog(tmp_path, "v")
    log.commit(rows([("a", 0)]))
    left, writing = log.folder / ".1.parquet.tmp", log.folder / ".2.parquet.tmp"
    left.write_bytes(b"half")
    with locked(writing):
        log.compact()
        assert not left.exists()
        assert writing.exists()
