"""Two methods compared where they gained alike."""

import polars as pl
import pytest

from skillprobe_core.measurements.study.matched_gain import matched_gain

TARGETS = [("calculation", "math")]


def test_methods_are_compared_where_they_gained_alike(runs, tested, items) -> None:
    verdicts, _ = runs
    careful, careless = (verdicts.filter(model=name) for name in ("careful", "careless"))
    table = matched_gain(careful, careless, tested, items, TARGETS)
    assert table["step"].to_list() == table["other_step"].to_list() == [1, 2, 3]
    assert table["matched"].all()
    others = items.filter((pl.col("skill") != "calculation") | (pl.col("domain") != "math"))["item_id"].implode()
    for row in table.rows(named=True):
        shares = [
            (side.filter((pl.col("step") == step) & pl.col("item_id").is_in(others))["verdict"] == "correct").mean()
            for side, step in ((careful, row["step"]), (careless, row["other_step"]))
        ]
        assert row["difference"] == pytest.approx(shares[0] - shares[1])
        assert row["difference_low"] <= row["difference"] <= row["difference_high"]
        assert row["p_adjusted"] >= row["p"]
    assert table["difference"].is_sorted()
    assert table["p_adjusted"][2] < 0.001


def test_unmatched_gains_are_not_compared(runs, tested, items) -> None:
    verdicts, _ = runs
    late, early = verdicts.filter(model="careful", step=3), verdicts.filter(model="careless", step=1)
    some = tested.join(pl.concat([late, early]).select("model", "step").unique(), on=["model", "step"], how="semi")
    row = matched_gain(late, early, some, items, TARGETS).row(0, named=True)
    assert not row["matched"]
    assert row["difference"] is None
    assert "no checkpoint of careless gained within" in row["reason"]
