"""Updates that gather in rows or columns, against independent places."""

from collections.abc import Callable

import pytest
import torch

from tests.measurements.parameters.conftest import normal


def test_planted_rows_and_columns_are_counted(compare: Callable[..., dict]) -> None:
    base = 1 + normal(80, 60).abs()
    rows, columns = base.clone(), base.clone()
    rows[:20] *= 1.1
    columns[:, :6] *= 1.1
    by_row, by_column = compare(base, rows), compare(base, columns)
    assert (by_row["rows_updated"], by_row["columns_updated"]) == (0.25, 1.0)
    assert (by_column["rows_updated"], by_column["columns_updated"]) == (1.0, 0.1)
    # All or nothing in a row of 60: the variance is that of 60 copies of one draw.
    assert by_row["row_dispersion"] == pytest.approx(60.0)
    assert by_row["column_dispersion"] == pytest.approx(0.0, abs=1e-12)
    assert by_column["column_dispersion"] == pytest.approx(80.0)


def test_scattered_updates_have_the_dispersion_of_chance(compare: Callable[..., dict]) -> None:
    base = 1 + normal(300, 200).abs()
    mask = torch.rand(300, 200, generator=torch.Generator().manual_seed(2)) < 0.3
    found = compare(base, torch.where(mask, base * 1.1, base))
    assert found["row_dispersion"] == pytest.approx(1.0, abs=0.3)
    assert found["column_dispersion"] == pytest.approx(1.0, abs=0.3)


def test_where_nothing_or_everything_changed_there_is_no_dispersion(compare: Callable[..., dict]) -> None:
    base = 1 + normal(20, 10).abs()
    still, moved = compare(base, base.clone()), compare(base, base * 1.1)
    assert (still["rows_updated"], still["row_dispersion"], still["column_dispersion"]) == (0.0, None, None)
    assert (moved["columns_updated"], moved["row_dispersion"]) == (1.0, None)
