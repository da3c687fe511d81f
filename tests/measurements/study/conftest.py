"""Verdicts of two planted training methods, for the tests of the price of a gain."""

import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.profile_tests.profile_tests import profile_tests


@pytest.fixture
def runs(items, answered):
    """Two methods that gain alike in calculation/math; the careless one forgets elsewhere as it gains."""
    rng = np.random.default_rng(20)
    base = rng.random(items.height) < 0.6
    target = ((items["skill"] == "calculation") & (items["domain"] == "math")).to_numpy()
    luck = rng.random(items.height)
    parts = []
    for model, cost in (("careful", 0.0), ("careless", 0.8)):
        for step, effort in enumerate((0.2, 0.5, 0.9), start=1):
            right = base.copy()
            right[target] |= luck[target] < effort
            right[~target] &= luck[~target] > effort * cost * 0.5
            parts.append(answered(items, right, model, step))
    return pl.concat(parts), answered(items, base, "base", 0)


@pytest.fixture
def tested(runs, items):
    verdicts, base = runs
    return pl.concat(
        profile_tests(part, base, items, model=model, step=step, base_model="base")
        for (model, step), part in verdicts.partition_by("model", "step", as_dict=True).items()
    )


@pytest.fixture
def run(items, answered):
    """Five steps; enumeration in math collapses at step 300 and recovers at 500 in one model, a second one is quiet."""
    rng = np.random.default_rng(12)
    base = rng.random(items.height) < 0.8
    lost = ((items["skill"] == "enumeration") & (items["domain"] == "math")).to_numpy()
    parts = []
    for model in ("falling", "quiet"):
        for step in (100, 200, 300, 400, 500):
            right = np.where(rng.random(items.height) < 0.06, rng.random(items.height) < 0.8, base)
            if model == "falling" and step in (300, 400):
                right[lost] &= rng.random(lost.sum()) < 0.15
            parts.append(answered(items, right, model, step))
    return pl.concat(parts), answered(items, base, "base", 0)
