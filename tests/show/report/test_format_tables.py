"""Falls and their format, printed and in words, on planted rows of a store."""

import polars as pl
import pytest

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.readings.format_shares_table import FORMAT_SHARES
from skillprobe_core.show.report.format_tables import (
    format_in_words,
    format_lines,
    print_format_shares,
    shown_shares,
)
from tests.filling import filled


@pytest.fixture
def rows() -> pl.DataFrame:
    about = {"model": "tuned", "step": 7, "item_set": "s", "reading": "forced", "items": 60, "fell": True}
    fall = {"fall": 0.3, "fall_low": 0.2, "fall_high": 0.4, "format_fall": 0.21, "format_low": 0.12, "format_high": 0.3}
    share = {"format_share": 0.7, "share_low": 0.5, "share_high": 0.9}
    none = dict.fromkeys(share)
    return filled(
        FORMAT_SHARES,
        pl.DataFrame(
            [
                {**about, "skill": "calculation", "domain": "math", **fall, **share},
                {**about, "skill": "all", "domain": "all", "fell": False, **fall, "fall_low": -0.1, **none},
                {**about, "skill": "simulation", "domain": "math", "fell": False, **fall, **share},
                {**about, "step": 0, "skill": "all", "domain": "all", "fell": False, **fall, "fall": 0.0, **none},
            ],
            infer_schema_length=None,
        ),
    ).with_columns(protocol=pl.lit("0" * 16))


def test_cells_that_fell_and_all_items_are_shown(rows):
    shown = shown_shares(rows)
    assert shown.select("step", "skill").rows() == [(7, "calculation"), (7, "all")]
    assert format_lines(shown)["of it format"].to_list() == ["0.21 [0.12, 0.3]"] * 2
    assert format_lines(shown)["share"].to_list() == ["0.7 [0.5, 0.9]", None]


def test_a_fall_is_divided_in_words(rows):
    cell, whole = format_in_words(shown_shares(rows))
    assert "of the fall of 0.30, 0.21 [0.12, 0.30] is format" in cell
    assert "share of 0.70 [0.50, 0.90]" in cell
    assert "no share is given" in whole


def test_a_rise_is_not_in_words(rows):
    assert format_in_words(rows.with_columns(fall=-pl.col("fall"))) == []


def test_it_prints_what_is_stored(rows, tmp_path, capsys):
    store = Store(tmp_path)
    print_format_shares(store, "0" * 16, [("tuned", 7)])
    assert capsys.readouterr().out == ""
    part = Partition.checkpoint("tuned", 7, "0" * 16)
    store.write(FORMAT_SHARES, part, rows.filter(step=7), Provenance("made-up", "1"))
    print_format_shares(store, "0" * 16, [("tuned", 7)])
    printed = capsys.readouterr().out
    assert "Falls and their format" in printed
    assert "is format by the forced reading" in printed
