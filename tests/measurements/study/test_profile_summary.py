import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from skillprobe_core.measurements.study.profile_summary import profile_summary


def cell_rows(accuracy: np.ndarray, base: np.ndarray) -> pl.DataFrame:
    cells = len(base)
    return pl.DataFrame(
        {
            "model": "m",
            "step": 5,
            "item_set": "set",
            "scope": "cell",
            "skill": [f"skill{n:02d}" for n in range(cells)],
            "domain": "math",
            "accuracy": accuracy,
            "base_accuracy": base,
            "change": accuracy - base,
            "change_low": accuracy - base - 0.1,
            "change_high": accuracy - base + 0.1,
            "collapse": accuracy - base < -0.3,
            "output_broken": accuracy < 0.1,
        }
    )


def test_drift_balance_and_worst_cell() -> None:
    rng = np.random.default_rng(1)
    base, accuracy = rng.random(20), rng.random(20)
    row = profile_summary(cell_rows(accuracy, base)).row(0, named=True)
    change = accuracy - base
    assert row["drift"] == pytest.approx(np.abs(change).mean())
    assert row["rank_correlation"] == pytest.approx(spearmanr(accuracy, base).statistic)
    assert row["imbalance"] == pytest.approx(change.std())
    assert row["worst_change"] == pytest.approx(change.min())
    assert row["worst_skill"] == f"skill{change.argmin():02d}"
    assert row["collapsed"] == (change < -0.3).sum()
    assert row["output_broken"] == (accuracy < 0.1).sum()
    assert row["collapsed_cells"] == [f"skill{n:02d}/math" for n in range(20) if change[n] < -0.3]


def test_a_flat_profile_has_no_ranks() -> None:
    row = profile_summary(cell_rows(np.full(4, 0.5), np.linspace(0, 1, 4))).row(0, named=True)
    assert row["rank_correlation"] is None


def test_drift_noise_is_the_drift_of_a_run_where_nothing_changed() -> None:
    rng = np.random.default_rng(2)
    error, cells = 0.1 / 1.959964, 4_000
    base = np.full(cells, 0.5)
    row = profile_summary(cell_rows(base + rng.normal(0, error, cells), base)).row(0, named=True)
    assert row["drift"] == pytest.approx(row["drift_noise"], rel=0.04)
