"""Target cells: what a name stands for among the cells of the items."""

import polars as pl
import pytest

from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.study.target_cells import is_target, target_cells

CELLS = [("calculation", "math"), ("calculation", "science"), ("simulation", "math")]
ITEMS = pl.DataFrame([*CELLS, CELLS[0]], schema=["skill", "domain"], orient="row")


@pytest.mark.parametrize(
    ("names", "cells"),
    [
        ([], []),
        (["math"], [CELLS[0], CELLS[2]]),
        (["calculation"], CELLS[:2]),
        (["simulation/math"], [CELLS[2]]),
        (["simulation/math", "math", "calculation"], CELLS),
    ],
)
def test_a_name_is_a_domain_a_skill_or_a_cell(names: list[str], cells: list[tuple[str, str]]) -> None:
    assert target_cells(names, ITEMS) == sorted(cells)
    chosen = ITEMS.filter(is_target(target_cells(names, ITEMS))).unique()
    assert set(chosen.rows()) == set(cells)


@pytest.mark.parametrize("name", ["maths", "science/math", "simulation/science", ""])
def test_a_name_without_a_cell_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(SettingsError, match="matches no cell") as caught:
        target_cells(["math", name], ITEMS)
    assert "simulation" in caught.value.remedy
