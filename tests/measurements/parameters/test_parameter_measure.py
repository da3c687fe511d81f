"""A family computes exactly the measures that it declares."""

from dataclasses import replace

import polars as pl
import pytest

from skillprobe_core.engine.table import Column
from skillprobe_core.measurements.parameters.parameter_measure import Measure, exactly
from skillprobe_core.measurements.parameters.parameter_registry import FAMILIES
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS


def test_a_family_computes_exactly_what_it_declares() -> None:
    measures = [Measure(name="a", meaning="A"), Measure(name="b", meaning="B")]
    assert list(exactly("f", measures, {"b": 2, "a": 1})) == ["a", "b"]
    for values in ({"a": 1}, {"a": 1, "b": 2, "c": 3}):
        with pytest.raises(ValueError, match="'f' declares the measures a, b"):
            exactly("f", measures, values)


def test_a_measure_is_a_column_with_its_meaning_and_unit() -> None:
    measure = Measure(name="depth", meaning="Depth", unit="layers", dtype=pl.Int32, may_be_null="it is flat")
    assert measure.column == Column("depth", pl.Int32, "Depth", "layers", "it is flat")


def test_every_declared_measure_has_its_column_in_the_table() -> None:
    columns = {column.name: column for column in PARAMETER_STATS.columns}
    declared = [measure.column for family in FAMILIES for measure in family.measures]
    assert declared
    for column in declared:
        given = columns[column.name]
        assert replace(given, may_be_null="") == replace(column, may_be_null="")
        assert given.may_be_null == (column.may_be_null or given.may_be_null)
