"""The Brier score: its parts add up, and each has the value of its definition."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.stats.brier_score import brier_parts, by_value, by_width

ANSWERS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def added_up(parts):
    return parts.reliability - parts.resolution + parts.uncertainty + parts.variance - parts.covariance


@given(ANSWERS)
def test_the_parts_add_up_in_bins_of_equal_width(answers):
    confidence, right = map(np.array, zip(*answers, strict=True))
    parts = brier_parts(confidence, right, by_width(confidence))
    assert parts.score == pytest.approx(np.mean((confidence - right) ** 2), abs=1e-12)
    assert added_up(parts) == pytest.approx(parts.score, abs=1e-12)
    assert 0 <= parts.calibration_error <= 1
    assert parts.calibration_error**2 <= parts.reliability + 1e-12  # Jensen


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=60))
def test_murphys_three_parts_add_up_if_each_value_is_a_bin(answers):
    """Against exact rational sums over the distinct values."""
    confidence, right = [Fraction(share, 6) for share, _ in answers], [Fraction(int(each)) for _, each in answers]
    parts = brier_parts([float(each) for each in confidence], [float(each) for each in right], by_value(confidence))
    n, base_rate = len(answers), sum(right) / len(answers)
    reliability = resolution = Fraction(0)
    for value in set(confidence):
        of_bin = [one for each, one in zip(confidence, right, strict=True) if each == value]
        solved = sum(of_bin) / len(of_bin)
        reliability += len(of_bin) * (value - solved) ** 2 / n
        resolution += len(of_bin) * (solved - base_rate) ** 2 / n
    assert parts.bins == len(set(confidence))
    assert parts.reliability == pytest.approx(float(reliability), abs=1e-12)
    assert parts.resolution == pytest.approx(float(resolution), abs=1e-12)
    assert parts.uncertainty == pytest.approx(float(base_rate * (1 - base_rate)), abs=1e-12)
    assert parts.variance == pytest.approx(0, abs=1e-12)
    assert parts.covariance == pytest.approx(0, abs=1e-12)
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(parts.score, abs=1e-12)


def test_perfect_confidence_and_confident_errors():
    sure = brier_parts([1, 0, 1], [1, 0, 1], by_value([1, 0, 1]))
    assert (sure.score, sure.reliability, sure.calibration_error) == (0, 0, 0)
    wrong = brier_parts([1, 1], [0, 0], by_value([1, 1]))
    assert (wrong.score, wrong.reliability, wrong.calibration_error) == (1, 1, 1)


def test_the_bins_of_equal_width_are_closed_below():
    assert by_width([0, 0.0999, 0.1, 0.95, 1]).tolist() == [0, 0, 1, 9, 9]
    assert np.isnan(brier_parts([], [], by_width([])).score)
