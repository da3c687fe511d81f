"""Printed tables of calibration, on planted rows of a store."""

import numpy as np
import polars as pl
import pytest

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.calibration.calibrate import Twins, calibration
from skillprobe_core.measurements.calibration.calibration_table import CALIBRATION
from skillprobe_core.show.report.calibration_tables import (
    by_skill,
    confidence_by_skill,
    print_calibration,
    twins_by_skill,
)


@pytest.fixture
def rows(items):
    luck = np.random.default_rng(1).random(items.height)
    right = pl.Series((luck < 0.5) * 1.0)
    one, base = (items.select("item_id", confidence=pl.lit(level), right=right) for level in (0.9, 0.6))
    answers = pl.DataFrame({"item_id": items["item_id"], "sample": 0, "response": "recognised"})
    twins = Twins(answers, pl.DataFrame({"item_id": items["item_id"], "abstained": 0.0}))
    return calibration(items, {"likelihood": (one, base)}, (twins, twins), model="tuned", step=7)


def test_the_whole_comes_last_and_cells_are_left_out(rows):
    shown = by_skill(rows)
    assert shown["skill"].to_list() == ["calculation", "enumeration", "all"] * 2
    assert shown["source"].to_list() == ["likelihood"] * 3 + ["twins"] * 3
    assert set(shown["domain"]) == {"all"}


def test_confidence_and_twins_have_a_table_each(rows):
    confidence, twins = confidence_by_skill(rows), twins_by_skill(rows)
    assert confidence["checkpoint"].to_list() == ["tuned/7"] * 3
    assert confidence["change from base"].to_list()[-1].startswith("0.3 [")
    assert twins["recognised"].to_list()[-1].startswith("1.0 [0.98, 1.0")
    assert twins["answered anyway"].to_list() == [0.0] * 3


def test_it_prints_what_is_stored(rows, tmp_path, capsys):
    store = Store(tmp_path)
    print_calibration(store, "0" * 16, [("tuned", 7)])
    assert capsys.readouterr().out == ""
    store.write(CALIBRATION, Partition.checkpoint("tuned", 7, "0" * 16), rows, Provenance("made-up", "1"))
    print_calibration(store, "0" * 16, [("tuned", 7)])
    printed = capsys.readouterr().out
    assert "Confidence and accuracy" in printed
    assert "Unanswerable twins" in printed
