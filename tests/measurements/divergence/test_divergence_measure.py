"""Declarations of measures."""

import polars as pl
import pytest

from skillprobe_core.engine.table import Column
from skillprobe_core.measurements.divergence.divergence_measure import ItemMeasure, ItemTokens, Measure


def test_a_figure_without_the_study_is_refused() -> None:
    with pytest.raises(ValueError, match="needs `study`"):
        ItemMeasure(name="x", function=lambda item: 0.0, meaning="x", figure="x")


def test_a_measure_at_a_token_has_a_column_only_if_items_have_it() -> None:
    with_column = Measure(name="x", unit="nats", of_item="Mean of x", function=lambda pair: pair.log_p[:, 0])
    assert with_column.column == Column("x", pl.Float64, "Mean of x", "nats")
    assert Measure(name="x", of_token="x", function=with_column.function).column is None


def test_a_measure_of_an_item_may_have_any_type_and_be_null() -> None:
    measure = ItemMeasure(name="n", meaning="Number", dtype=pl.Int32, may_be_null="none", function=lambda item: 1)
    assert measure.column == Column("n", pl.Int32, "Number", "", "none")


@pytest.mark.parametrize(
    ("source", "writer", "other"),
    [("reference", None, None), ("base", "base", "checkpoint"), ("own", "checkpoint", "base")],
)
def test_the_writer_of_a_text_is_that_of_its_source(
    source: str, writer: str | None, other: str | None, tokenizer
) -> None:
    tokens = ItemTokens([], [], {}, source, tokenizer)
    assert (tokens.writer, tokens.other) == (writer, other)
