import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.profile_tests.profile_tests import profile_tests
from skillprobe_core.measurements.study.pareto import gain_and_drop

TARGETS = [("calculation", "math")]


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


def test_front_holds_what_nothing_beats(tested) -> None:
    points = gain_and_drop(tested, TARGETS)
    for row in points.rows(named=True):
        beaten = points.filter(
            (pl.col("gain") >= row["gain"])
            & (pl.col("drop") <= row["drop"])
            & ((pl.col("gain") > row["gain"]) | (pl.col("drop") < row["drop"]))
        )
        assert row["on_front"] == beaten.is_empty()
    front = points.filter(on_front=True)
    assert front["model"].unique().to_list() == ["careful"]
    assert points.filter(model="careful")["drop"].to_list() == [0.0] * 3
