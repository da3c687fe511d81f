"""Tables on a terminal and in Markdown: text literally, numbers readable, records where a terminal is narrow."""

import re

import polars as pl
import pytest
from rich.console import Console

from skillprobe_core.show.report import terminal_tables
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


def test_columns_that_do_not_fit_follow_below_with_the_keys(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        terminal_tables, "console", lambda: Console(force_terminal=True, no_color=True, width=36, markup=False)
    )
    frame = pl.DataFrame({"run": ["a", "b"], "step": [1, 22]} | {f"measure {n}": [n, n + 10] for n in range(3)})
    print_table(frame, keys=2)
    lines = [re.sub(r"\x1b\[\d*m", "", line).rstrip() for line in capsys.readouterr().out.splitlines()]
    assert max(map(len, lines)) <= 36
    assert [line.split() for line in lines if line.startswith("b")] == [["b", "22", "10", "11"], ["b", "22", "12"]]
    print_table(frame.select("run", text=pl.lit("long " * 20)))
    shown = capsys.readouterr().out
    assert shown.count("run") == 1, "text is folded where its column fits otherwise"


def test_more_rows_than_wanted_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(pl.DataFrame({"n": range(30)}), most=10)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].strip() == "... 20 more rows"
    assert len(lines) == 12


def test_markdown_is_a_table_that_its_text_cannot_break() -> None:
    lines = markdown(pl.DataFrame({"text": ["a|b\nc"], "n": [1.5]})).splitlines()
    assert lines == ["| text | n |", "| --- | ---: |", "| a\\|b<br>c | 1.5 |"]
