"""Texts and paths come back from DuckDB as they were."""

from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.engine.sql_text import literally, quoted


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_quoted_text_is_a_constant(text: str) -> None:
    assert duckdb.sql(f"SELECT {quoted(text)}").fetchall() == [(text,)]


def test_a_literal_path_names_one_file(tmp_path: Path) -> None:
    for name in ("a[1]*?.csv", "a1.csv"):
        (tmp_path / name).write_text(f"name\n{name}\n")
    pattern = quoted(literally(str(tmp_path / "a[1]*?.csv")))
    assert duckdb.sql(f"SELECT name FROM read_csv({pattern}, header = true)").fetchall() == [("a[1]*?.csv",)]
