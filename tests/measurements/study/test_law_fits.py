import numpy as np
import polars as pl
import pytest

from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.study.law_fits import law_fits


def points(noise: float = 0.01, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    kl = rng.random(40) * 0.5
    forgetting = 0.05 + 0.4 * kl + 0.9 * kl**2 + rng.normal(0, noise, 40)
    model = np.repeat(["a", "b", "c", "d"], 10)
    offset = np.repeat([0.0, 0.3, 0.6, 0.9], 10)
    return pl.DataFrame(
        {
            "model": model,
            "step": np.tile(np.arange(10), 4),
            "forgetting": forgetting,
            "kl": kl,
            "norm": kl + rng.normal(0, 0.1, 40),
            "random": rng.random(40),
            "per_run": kl + offset,
            "constant": np.ones(40),
            "rare": [0.1, 0.2, 0.3, *[None] * 37],
        }
    )


def test_the_law_is_found_and_ranked_first() -> None:
    table = law_fits(points())
    assert table["measure"][0] == "kl"
    best = table.row(0, named=True)
    assert (best["intercept"], best["slope"], best["curvature"]) == pytest.approx((0.05, 0.4, 0.9), abs=0.12)
    assert best["r2_low"] <= best["r2"] <= best["r2_high"]
    assert best["r2_low"] > 0.95
    assert best["best_share"] > 0.95
    assert table["best_share"].sum() == pytest.approx(1)
    assert table["rank"].to_list() == list(range(1, 7))


def test_fit_agrees_with_numpy() -> None:
    data = points(noise=0.1)
    row = law_fits(data).row(by_predicate=pl.col("measure") == "norm", named=True)
    x, y = data["norm"].to_numpy(), data["forgetting"].to_numpy()
    expected = np.polynomial.polynomial.polyfit(x, y, 2)
    np.testing.assert_allclose([row["intercept"], row["slope"], row["curvature"]], expected, atol=1e-6)
    left = y - np.polynomial.polynomial.polyval(x, expected)
    assert row["r2"] == pytest.approx(1 - left @ left / ((y - y.mean()) ** 2).sum(), abs=1e-6)


def test_what_differs_by_run_does_not_predict_a_new_one() -> None:
    table = {row["measure"]: row for row in law_fits(points()).rows(named=True)}
    assert table["kl"]["r2_new_model"] > 0.95
    assert table["per_run"]["r2_new_model"] < 0.3
    assert table["random"]["r2_new_model"] < 0.2


def test_leaving_one_model_out_agrees_with_a_plain_loop() -> None:
    data = points(noise=0.1)
    left = spread = 0.0
    for held in "abcd":
        out, rest = data.filter(model=held), data.filter(pl.col("model") != held)
        fit = np.polynomial.polynomial.polyfit(rest["norm"], rest["forgetting"], 2)
        left += ((out["forgetting"] - np.polynomial.polynomial.polyval(out["norm"].to_numpy(), fit)) ** 2).sum()
        spread += ((out["forgetting"] - rest["forgetting"].mean()) ** 2).sum()
    row = law_fits(data).row(by_predicate=pl.col("measure") == "norm", named=True)
    assert row["r2_new_model"] == pytest.approx(1 - left / spread, abs=1e-6)


def test_what_cannot_be_fitted_says_why() -> None:
    table = {row["measure"]: row for row in law_fits(points()).rows(named=True)}
    assert "three values" in table["constant"]["reason"]
    assert "fewer than 5" in table["rare"]["reason"]
    assert table["rare"]["r2"] is None
    one_model = law_fits(points().filter(model="a"))
    assert one_model["r2_new_model"].null_count() == one_model.height


def test_order_makes_no_difference_and_lacking_columns_are_named() -> None:
    assert law_fits(points().reverse()).equals(law_fits(points()))
    with pytest.raises(StoreError, match="forgetting"):
        law_fits(points().drop("forgetting"))


def test_the_interval_holds_what_more_data_would_show() -> None:
    truth = law_fits(pl.concat([points(0.1, seed) for seed in range(100, 150)])).filter(measure="kl")["r2"][0]
    inside = []
    for seed in range(15):
        row = law_fits(points(0.1, seed).select("model", "step", "forgetting", "kl")).row(0, named=True)
        inside.append(row["r2_low"] <= truth <= row["r2_high"])
    assert np.mean(inside) >= 0.8


def test_the_step_s_own_fit_stands_next_to_each_measure() -> None:
    data = points(noise=0.1).with_columns(forgetting=pl.col("forgetting") + 0.05 * pl.col("step"))
    row = law_fits(data).row(by_predicate=pl.col("measure") == "kl", named=True)
    step, y = data["step"].to_numpy().astype(float), data["forgetting"].to_numpy()
    left = y - np.polynomial.polynomial.polyval(step, np.polynomial.polynomial.polyfit(step, y, 2))
    assert row["r2_step"] == pytest.approx(1 - left @ left / ((y - y.mean()) ** 2).sum(), abs=1e-6)
    as_measure = law_fits(data.with_columns(time=pl.col("step"))).row(
        by_predicate=pl.col("measure") == "time", named=True
    )
    assert as_measure["r2_new_model"] == pytest.approx(row["r2_new_model_step"])
