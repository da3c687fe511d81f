"""Tests of the form of answers: noise is seldom named, a change nearly always, and units are flipped whole."""

import numpy as np
import polars as pl

from skillprobe_core.measurements.profile_tests.form_tests import form_p
from skillprobe_core.measurements.verdicts.answer_form import FORM_RATES


def pairs_of(before: np.ndarray, after: np.ndarray, units: np.ndarray | None = None) -> pl.DataFrame:
    """The columns that the test reads, from arrays (items, rates) of true and false."""
    sides = {"base_": before, "": after}
    unit = np.arange(len(before)) if units is None else units
    columns = {
        f"{side}{name}": of[:, n].astype(float) for side, of in sides.items() for n, name in enumerate(FORM_RATES)
    }
    return pl.DataFrame({"unit": unit} | columns)


def test_rates_that_change_by_noise_alone_are_seldom_named() -> None:
    rng = np.random.default_rng(14)
    named = 0
    for _ in range(60):
        sides = [rng.random((2, 200, len(FORM_RATES))) < 0.15 for _ in range(2)]
        named += bool((form_p([pairs_of(*each) for each in sides], 199).to_numpy() <= 0.05).any())
    assert named <= 8  # 99.5 % point of a binomial with 60 rounds at 5 %


def test_the_rate_that_changed_is_named_and_no_other() -> None:
    rng = np.random.default_rng(15)
    before = rng.random((200, len(FORM_RATES))) < 0.05
    after = before.copy()
    after[:, 2] |= rng.random(200) < 0.15
    found = form_p([pairs_of(before, after), pairs_of(before, before)], 999)
    assert found["truncated_p"].to_list() == [0.001, 1.0]
    assert found.drop("truncated_p").to_numpy().min() == 1


def test_items_of_one_unit_are_one_piece_of_evidence() -> None:
    before = np.zeros((40, len(FORM_RATES)), bool)
    after = before.copy()
    after[:12, 0] = True
    alone = form_p([pairs_of(before, after)], 999)["malformed_p"][0]
    together = form_p([pairs_of(before, after, np.arange(40) // 6)], 999)["malformed_p"][0]
    assert alone < 0.01
    assert together > 0.3
