"""Single files: footers and rows, or an error that names the file."""

import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skillprobe_core.engine.part_files import PROVENANCE, footer, row_count, rows
from skillprobe_core.errors import StoreError

FACTS = {"table": "t", "table_version": 2, "data_version": "d", "code_version": "c", "inputs": {"a": "b"}}


def written(path: Path, facts: str | None) -> Path:
    table = pa.table({"model": ["a", "b"], "n": [1, 2]})
    metadata = None if facts is None else {PROVENANCE: facts}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    return path


def test_a_file_is_read_with_its_origin(tmp_path: Path) -> None:
    path = written(tmp_path / "part.parquet", json.dumps(FACTS | {"more": 1}))
    assert footer(path) == FACTS
    assert rows(path).rows() == [("a", 1), ("b", 2)]
    assert rows(path, ["n"]).rows() == [(1,), (2,)]
    assert row_count(path) == 2
    assert footer(tmp_path / "none") is None
    with pytest.raises(FileNotFoundError):
        rows(tmp_path / "none")


@pytest.mark.parametrize("facts", [None, "", "[]", "{}", "1", "[" * 100_000, json.dumps(FACTS | {"inputs": 1})[:-20]])
def test_whoever_else_wrote_it_is_foreign(facts: str | None, tmp_path: Path) -> None:
    path = written(tmp_path / "part.parquet", facts)
    with pytest.raises(StoreError, match="not written by skillprobe"):
        footer(path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(200) + b"PAR1", b"model,n\na,1\n"])
def test_what_is_not_parquet_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    path.write_bytes(content)
    for read in (footer, rows, row_count):
        with pytest.raises(
            StoreError, match=r"part\.parquet: not a complete Parquet file[\s\S]*store check --set-aside"
        ):
            read(path)


def test_a_changed_page_is_named(tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    pl.DataFrame({"n": range(1000)}).write_parquet(path)
    content = bytearray(path.read_bytes())
    content[20:60] = bytes(40)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a complete Parquet file"):
        rows(path)
