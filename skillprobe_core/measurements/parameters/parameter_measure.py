"""Declaration of a parameter measure: its column, its value for several tensors together, and where it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from skillprobe_core.engine.table import Column

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure of a tensor.

    name, meaning, unit, dtype, may_be_null: those of its column in `parameter_stats`. whole: its value for all tensors
    of a component, a layer or the model, as an expression over their rows, given the name (see whole.py); None if it
    has none. The last three concern that value for the model: study is its label in a report, and
    a study and the trackers record it unless this is empty; headline, that Dagster shows it with the table; shown, that
    `skillprobe parameters` shows it by default.
    version: raise it when the measure gives other values; stored rows are then computed again, once.
    """

    name: str
    meaning: str
    unit: str = ""
    dtype: type[pl.DataType] = pl.Float64
    may_be_null: str = ""
    whole: Callable[[str], pl.Expr] | None = None
    study: str = ""
    headline: bool = False
    shown: bool = False
    version: int = 1

    @property
    def column(self) -> Column:
        """The column of `parameter_stats`."""
        return Column(self.name, self.dtype, self.meaning, self.unit, self.may_be_null)


def exactly(family: str, measures: Iterable[Measure], values: Mapping[str, Value]) -> dict[str, Value]:
    """The values that a family computed, in the order of its measures.

    Raises ValueError if these are not exactly the measures that it declares.
    """
    names = [measure.name for measure in measures]
    if values.keys() != set(names):
        raise ValueError(
            f"family {family!r} declares the measures {', '.join(names)}, but computes {', '.join(values)}"
        )
    return {name: values[name] for name in names}
