"""Changes compared with the noise floor."""

import polars as pl
import pytest

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.noise.above_noise import with_noise_floor
from skillprobe_core.measurements.noise.noise_floor_table import NOISE_FLOOR
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.show.report.comparison import comparison
from tests.filling import filled


def noise_rows(model: str, **flip_rates: float) -> pl.DataFrame:
    """Rows of two variations, measured on so many answers that the rates are certain; the second flips half as much."""
    rows = [
        {"model": model, "step": 0, "item_set": "s", "variation": variation, "skill": skill}
        | dict.fromkeys(("flip_rate", "flip_rate_high"), rate * part)
        for skill, rate in flip_rates.items()
        for variation, part in (("bfloat16", 1.0), ("batch 1", 0.5))
    ]
    return filled(NOISE_FLOOR, pl.DataFrame(rows))


def stored(study: Store, table, model: str, step: int) -> pl.DataFrame:
    return study.read(table, Partition.checkpoint(model, step, current_protocol(study).protocol))


def test_the_floor_is_what_flips_of_the_worst_variation_explain(study: Store) -> None:
    items = judged_items(study, current_protocol(study).protocol)
    sides = [stored(study, VERDICTS, "planted-sft", step) for step in (0, 300)]
    noise = noise_rows("planted-sft", simulation=0.02, all=0.5)
    tests = comparison(*sides, items, noise)
    (cell,) = tests.filter(skill="simulation", domain="science", kind="all").rows(named=True)
    assert cell["noise_floor"] == pytest.approx(1.96 * (0.02 / cell["items"]) ** 0.5, rel=1e-3)
    assert cell["above_noise"]
    assert tests.filter(skill="diagnostic")["noise_floor"].null_count() == tests.filter(skill="diagnostic").height
    unmeasured = with_noise_floor(comparison(*sides, items), noise.clear())
    assert unmeasured["above_noise"].null_count() == unmeasured.height


def test_no_flip_among_few_answers_is_no_floor_of_zero() -> None:
    noise = noise_rows("m", calculation=0.0).with_columns(flip_rate_high=pl.lit(0.24))
    tests = pl.DataFrame({"skill": ["calculation"], "items": [24], "change": [0.1]})
    (row,) = with_noise_floor(tests, noise).to_dicts()
    assert row["noise_floor"] == pytest.approx(1.96 * 0.1, rel=1e-3)
    assert not row["above_noise"]


def test_random_flips_stay_below_the_floor_nineteen_times_in_twenty() -> None:
    """If verdicts flip at the measured rate and nothing changed, at most 5 % of differences pass the floor."""
    import numpy as np

    rng = np.random.default_rng(4)
    rounds, n, rate = 4_000, 400, 0.05
    flips = rng.random((rounds, n)) < rate
    change = np.where(flips, rng.choice([-1.0, 1.0], (rounds, n)), 0.0).mean(axis=1)
    tests = pl.DataFrame({"skill": "calculation", "items": n, "change": change})
    above = with_noise_floor(tests, noise_rows("m", calculation=rate))["above_noise"].mean()
    assert 0.03 <= above <= 0.07
