import tracemalloc

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtr, ndtri

from skillprobe_core.measurements.profile_tests.sequential_tests import (
    boundaries,
    open_ended_spending,
    sequential_tests,
)


def test_spending_rises_to_alpha() -> None:
    looks = open_ended_spending(np.arange(1, 10_000))
    assert np.all(np.diff(looks) > 0)
    assert looks[-1] < 0.05


def test_boundaries_agree_with_published_ones() -> None:
    """Four equal looks at accumulating data, one-sided 0.025: 4.333, 2.963, 2.359, 2.014 (Lan and DeMets 1983).

    The error is spent after O'Brien and Fleming: 2 - 2 Φ(z / sqrt(t)), with z the upper 0.0125 point.
    """
    rng = np.random.default_rng(2)
    looks = np.arange(1, 5)
    statistic = rng.normal(size=(1_500_000, 4)).cumsum(axis=1) / np.sqrt(looks)
    spent = 2.0 - 2.0 * ndtr(ndtri(1.0 - 0.025 / 2.0) / np.sqrt(looks / 4))
    found = boundaries(statistic, spent)
    np.testing.assert_allclose(found[1:], [2.963, 2.359, 2.014], atol=0.03)
    assert found[0] > 3.9


@pytest.mark.parametrize("likeness", [0.0, 0.9])
def test_the_chance_of_ever_crossing_is_what_was_spent(likeness: float) -> None:
    rng = np.random.default_rng(4)
    common = rng.normal(size=(40_000, 1))
    maxima = np.sqrt(likeness) * common + np.sqrt(1 - likeness) * rng.normal(size=(40_000, 8))
    spent = open_ended_spending(np.arange(1, 9))
    limit = boundaries(maxima[:20_000], spent)
    crossed = np.maximum.accumulate(maxima[20_000:] > limit, axis=1).mean(axis=0)
    np.testing.assert_allclose(crossed, spent, atol=0.006)


@pytest.fixture
def live(items, answered):
    rng = np.random.default_rng(5)
    base = rng.random(items.height) < 0.8
    cell = ((items["skill"] == "calculation") & (items["domain"] == "general")).to_numpy()
    parts = []
    for step in range(1, 9):
        right = np.where(rng.random(items.height) < 0.1, rng.random(items.height) < 0.8, base)
        if step >= 4:
            right[cell] &= rng.random(cell.sum()) < 0.4
        parts.append(answered(items, right, "m", step))
    return pl.concat(parts), answered(items, base, "base", 0)


def test_a_drop_is_claimed_when_it_comes_and_later_looks_change_nothing(live, items) -> None:
    verdicts, base = live
    whole = sequential_tests(verdicts, base, items)
    claimed = whole.filter(dropped=True)
    assert claimed.select("skill", "domain").unique().rows() == [("calculation", "general")]
    assert claimed["step"].min() == 4
    assert whole.filter(skill="calculation", domain="general")["first_step"].to_list() == [None] * 3 + [4] * 5
    early = sequential_tests(verdicts.filter(pl.col("step") <= 5), base, items)
    assert early.equals(whole.filter(pl.col("step") <= 5))


def test_before_the_first_look_there_are_no_rows(live, items) -> None:
    verdicts, base = live
    found = sequential_tests(verdicts.clear(), base, items)
    assert found.is_empty()
    assert found.schema == sequential_tests(verdicts.filter(step=1), base, items).schema


def test_watching_a_run_where_nothing_happens_raises_few_alarms(items, answered) -> None:
    small = items.filter(pl.col("item_id").str.slice(-3).cast(pl.Int64) < 25)
    alarms = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        base = rng.random(small.height) < 0.6
        parts = [
            answered(small, np.where(rng.random(small.height) < 0.3, rng.random(small.height) < 0.6, base), "m", step)
            for step in range(1, 6)
        ]
        alarms += int(sequential_tests(pl.concat(parts), answered(small, base, "b", 0), small)["dropped"].any())
    assert alarms <= 6  # 99.6 % point of a binomial with 40 rounds at 5 %


def test_a_long_run_needs_no_more_memory_than_a_number_a_flip_and_look(items, answered) -> None:
    """Sixty looks at four cells, 9,999 flips: 19 MB of statistics if all were kept at once, and again in copies."""
    rng = np.random.default_rng(6)
    base = rng.random(items.height) < 0.8
    looks = pl.concat([answered(items, base ^ (rng.random(items.height) < 0.1), "m", step) for step in range(1, 61)])
    tracemalloc.start()
    found = sequential_tests(looks, answered(items, base, "base", 0), items)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found["look"].max() == 60
    assert peak < 25e6


def test_a_change_of_style_is_never_a_drop(items, answered, restyled) -> None:
    rng = np.random.default_rng(8)
    base = rng.random(items.height) < 0.8
    cell = ((items["skill"] == "calculation") & (items["domain"] == "general")).to_numpy()
    parts = {"style": [], "skill": []}
    for step in range(1, 6):
        right = np.where(rng.random(items.height) < 0.1, rng.random(items.height) < 0.8, base)
        broken = cell & (rng.random(items.height) < 0.6)
        fallen = right & ~(cell & (rng.random(items.height) < 0.8))
        parts["style"].append(restyled(answered(items, right, "m", step), items, broken, verdict="malformed"))
        parts["skill"].append(restyled(answered(items, fallen, "m", step), items, broken, verdict="malformed"))
    before = answered(items, base, "base", 0)
    style, skill = (sequential_tests(pl.concat(each), before, items) for each in parts.values())
    assert not style["dropped"].any()
    assert (style.filter(skill="calculation", domain="general")["statistic"] < style["boundary"].max()).any()
    assert skill.filter("dropped").select("skill", "domain").unique().rows() == [("calculation", "general")]
