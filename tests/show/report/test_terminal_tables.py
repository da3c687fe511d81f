"""Tables on a terminal and in Markdown: text literally, numbers readable, records where a terminal is narrow."""

import polars as pl
import pytest

from skillprobe_core.show.report.terminal_tables import format_value, markdown, print_table

FRAME = pl.DataFrame({"name": ["a[/b]", "long " * 10], "value": [0.123456789, 1234567.0], "n": [1, None]})


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (float("nan"), "nan"), (0.123456, "0.1235"), (1e-9, "1e-09"), (12, "12"), (True, "True"),
     ([0.5, None], "0.5; -"), ("x", "x")],
)  # fmt: skip
def test_a_value_is_short(value: object, text: str) -> None:
    assert format_value(value) == text


def test_outside_a_terminal_every_row_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(FRAME, title="A title [/b]")
    title, header, *rows = capsys.readouterr().out.splitlines()
    assert title == "A title [/b]"
    assert header.split() == ["name", "value", "n"]
    assert len(rows) == 2
    assert rows[0].split() == ["a[/b]", "0.1235", "1"]


def test_more_rows_than_wanted_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(pl.DataFrame({"n": range(30)}), most=10)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].strip() == "... 20 more rows"
    assert len(lines) == 12


def test_markdown_is_a_table_that_its_text_cannot_break() -> None:
    lines = markdown(pl.DataFrame({"text": ["a|b\nc"], "n": [1.5]})).splitlines()
    assert lines == ["| text | n |", "| --- | ---: |", "| a\\|b<br>c | 1.5 |"]
