"""The table of calibration: planted overconfidence is found, nothing is found where nothing changed."""

import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.calibration.calibrate import Twins, abstained, calibration, most_likely
from skillprobe_core.measurements.calibration.calibration_table import CALIBRATION

KEYS = ["source", "scope", "skill", "domain"]


@pytest.fixture
def cells(items):
    return items.with_columns(answer_type=pl.lit("integer"), answer=pl.lit("7"), prompt=pl.lit("How many?"))


def confidences(items, confidence, accuracy, seed=0):
    """Items answered with a confidence, right with a probability; the same luck of an item for one seed."""
    luck = np.random.default_rng(seed).random(items.height)
    return pl.DataFrame(
        {"item_id": items["item_id"], "confidence": np.full(items.height, confidence), "right": (luck < accuracy) * 1.0}
    )


def row_of(table, **keys):
    (row,) = table.filter(**keys).iter_rows(named=True)
    return row


def test_planted_overconfidence_is_found_and_adds_up(cells):
    own, base = confidences(cells, 0.9, 0.6), confidences(cells, 0.6, 0.6)
    table = calibration(cells, {"agreement": (own, base)}, None, model="m", step=5)
    assert table.height == 4 + 2 + 2 + 1
    assert CALIBRATION.conform(table).equals(table)
    overall = row_of(table, scope="overall")
    assert overall["overconfidence"] == pytest.approx(0.9 - own["right"].mean())
    assert overall["overconfidence_low"] < 0.3 < overall["overconfidence_high"]
    assert overall["overconfidence_low"] > 0.2
    assert overall["change"] == pytest.approx(0.3)
    assert overall["p_adjusted"] < 0.01
    for row in table.iter_rows(named=True):
        parts = row["reliability"] - row["resolution"] + row["uncertainty"]
        within = row["within_bin_variance"] - row["within_bin_covariance"]
        assert row["brier_score"] == pytest.approx(parts + within)
        assert row["calibration_error"] == pytest.approx(abs(row["overconfidence"]))  # one bin


def test_equal_checkpoints_are_reported_at_the_promised_rate(cells):
    """Both sides draw their answers independently from the same chances: few runs find any change of a cell."""
    found = 0
    for run in range(60):
        own, base = (confidences(cells, 0.7, 0.6, seed=2 * run + side) for side in (0, 1))
        table = calibration(cells, {"agreement": (own, base)}, None, model="m", step=5)
        found += bool((table.filter(scope="cell")["p_adjusted"] <= 0.05).any())
    assert found <= 9  # more than 9 of 60 at 5 % happen in 0.1 % of cases


def test_only_items_with_a_confidence_on_both_sides_are_paired(cells):
    own, base = confidences(cells, 0.9, 0.5), confidences(cells, 0.8, 0.5).head(100)
    overall = row_of(calibration(cells, {"agreement": (own, base)}, None, model="m", step=5), scope="overall")
    assert (overall["items"], overall["paired_items"]) == (240, 100)
    nothing = calibration(cells, {"agreement": (own, base.clear())}, None, model="m", step=5)
    assert set(nothing["paired_items"]) == {0}
    assert nothing["p"].null_count() == nothing.height


def responses(items, recognised, answered, abstaining):
    share = ["recognised"] * recognised + ["answered"] * answered
    share += ["unread"] * (items.height - recognised - answered)
    answers = pl.DataFrame({"item_id": items["item_id"], "sample": 0, "response": share})
    every = [1.0] * abstaining + [0.0] * (items.height - abstaining)
    return Twins(answers, pl.DataFrame({"item_id": items["item_id"], "abstained": every}))


def test_recognised_answered_and_falsely_unknown(cells):
    one = cells.filter(kind="calculation_math_0")
    table = calibration(one, {}, (responses(one, 24, 3, 6), responses(one, 0, 30, 0)), model="m", step=5)
    row = row_of(table, scope="cell")
    assert row["source"] == "twins"
    assert (row["twins"], row["items"]) == (30, 30)
    assert (row["recognised_rate"], row["answered_rate"]) == (0.8, 0.1)
    assert row["recognised_low"] < 0.8 < row["recognised_high"]
    assert (row["abstained_rate"], row["base_abstained_rate"]) == (0.2, 0.0)
    assert row["change"] == pytest.approx(0.8)
    assert row["p"] < 0.001
    assert row["brier_score"] is None


def test_nothing_requested_gives_no_rows(cells):
    assert calibration(cells, {}, None, model="m", step=5).is_empty()


def test_the_most_likely_option_and_its_share():
    options = pl.DataFrame(
        {
            "item_id": ["b", "b", "a", "a"],
            "option": ["B", "A", "A", "B"],
            "probability": [0.5, 0.5, 0.2, 0.8],
            "right": [True, False, False, True],
        }
    )
    assert most_likely(options).rows() == [("a", 0.8, 1.0), ("b", 0.5, 0.0)]


def test_abstentions_on_answerable_items_are_shares_of_samples(cells):
    texts = ["Answer: not given", "Answer: 7", "Answer: 8", "Answer: 9. It is unknown", "It cannot be determined."]
    rows = pl.DataFrame({"item_id": cells["item_id"][0], "sample": range(5), "completion": texts, "reading": "fair"})
    verdicts = pl.DataFrame(
        {
            "item_id": cells["item_id"][0],
            "sample": range(5),
            "verdict": ["malformed", "correct", "wrong", "wrong", "unparsed"],
            "ending": ["ended"] * 5,
            "reading": "fair",
        }
    )
    assert abstained(rows, verdicts, cells).rows() == [(cells["item_id"][0], 0.4)]
    cut = verdicts.with_columns(ending=pl.lit("cut"))
    assert abstained(rows, cut, cells)["abstained"].to_list() == [0.2]
