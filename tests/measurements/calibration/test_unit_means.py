"""Means over units: groups, intervals and p-values, against exhaustive enumeration."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.calibration.unit_means import UnitMeans


def table(cells, units=None):
    frame = pl.DataFrame([{"skill": skill, "domain": domain, "kind": "k"} for skill, domain in cells])
    names = [f"{number:03d}" for number in range(len(cells))] if units is None else units
    return frame.with_columns(unit=pl.Series(names))


CELLS = [("a", "x")] * 6 + [("a", "y")] * 5 + [("b", "x")] * 4


def test_every_cell_and_subtotal_is_a_group():
    groups = UnitMeans.of(table(CELLS))
    assert groups.groups == [
        ("cell", "a", "x"), ("cell", "a", "y"), ("cell", "b", "x"), ("skill", "a", "all"), ("skill", "b", "all"),
        ("domain", "all", "x"), ("domain", "all", "y"), ("overall", "all", "all"),
    ]  # fmt: skip
    assert [int(member.sum()) for member in groups.members] == [6, 5, 4, 11, 4, 10, 5, 15]


def test_p_values_are_those_of_all_sign_flips():
    values = np.array([0.4, 0.2, 0.5, 0.1, 0.3, -0.2, 0.6, 0.25, 0.15, 0.05, 0.35, 0, 0, 0, 0])
    p, adjusted = UnitMeans.of(table(CELLS)).p_values(values)
    for place, member in ((0, values[:6]), (1, values[6:11]), (7, values)):
        moving = member[member != 0]
        signs = np.array(list(product((-1, 1), repeat=len(moving))))
        extreme = np.abs(signs @ moving) >= abs(moving.sum()) - 1e-9
        assert p[place] == pytest.approx(extreme.mean(), abs=0.015)
    assert p[2] == 1
    assert (adjusted >= p - 1e-12).all()


def test_items_of_one_unit_are_flipped_together():
    """Ten copies of one unit are no evidence."""
    values = np.full(10, 0.5)
    one = UnitMeans.of(table([("a", "x")] * 10, ["same"] * 10))
    assert one.p_values(values)[0].tolist() == [1.0] * 4
    assert (UnitMeans.of(table([("a", "x")] * 10)).p_values(values)[0] < 0.01).all()


def test_the_interval_holds_the_mean_and_narrows_with_units():
    rng = np.random.default_rng(3)
    widths = []
    for count in (40, 640):
        values = rng.normal(0.2, 0.3, count)
        low, high = UnitMeans.of(table([("a", "x")] * count)).interval(values)
        assert (low < values.mean()).all()
        assert (values.mean() < high).all()
        widths.append(float(high[0] - low[0]))
    assert widths[1] < widths[0] / 3


def test_p_is_one_where_nothing_changed():
    p, adjusted = UnitMeans.of(table(CELLS)).p_values(np.zeros(len(CELLS)))
    assert p.tolist() == adjusted.tolist() == [1.0] * 8
