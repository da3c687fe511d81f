"""What `skillprobe noise` says about rows whose answer is known by hand."""

import polars as pl
import pytest

from skillprobe_core.measurements.noise.above_noise import with_noise_floor
from skillprobe_core.show.report.noise_tables import by_skill, by_variation, noise_in_words


@pytest.fixture
def noise() -> pl.DataFrame:
    """Two variations of 100 answers, on two skills of 50; the other type flips five verdicts, all of one skill."""
    rows = [
        ("repeat", "transformers", "calculation", 50, 0, 0.0, 0.07, 0.0, 1.0, 0.0, 1.0),
        ("repeat", "transformers", "simulation", 50, 0, 0.0, 0.07, 0.0, 1.0, 0.0, 1.0),
        ("repeat", "transformers", "all", 100, 0, 0.0, 0.04, 0.0, 1.0, 0.0, 1.0),
        ("vllm", "vllm", "calculation", 50, 5, 0.1, 0.21, 0.0876, 0.5, None, None),
        ("vllm", "vllm", "simulation", 50, 0, 0.0, 0.07, 0.0, 0.9, None, None),
        ("vllm", "vllm", "all", 100, 5, 0.05, 0.11, 0.0438, 0.7, None, None),
    ]
    names = (
        "variation", "backend", "skill", "n", "flips", "flip_rate", "flip_rate_high", "accuracy_floor", "same_share",
        "forward_kl", "top1_agreement",
    )  # fmt: skip
    return pl.DataFrame(rows, schema=names, orient="row")


def test_each_variation_is_listed_once_in_the_order_measured(noise: pl.DataFrame) -> None:
    table = by_variation(noise)
    assert table["variation"].to_list() == ["repeat", "vllm"]
    assert table["verdicts flipped"].to_list() == [0, 5]
    assert table["forward KL"].to_list() == [0.0, None]


def test_a_skill_has_the_variation_that_flips_most_and_none_where_nothing_flips(noise: pl.DataFrame) -> None:
    table = by_skill(noise)
    assert table.select("skill", "worst variation", "flip rate").rows() == [
        ("calculation", "vllm", 0.1),
        ("simulation", None, 0.0),
        ("all", "vllm", 0.05),
    ]
    # no flip among fifty answers is no floor of zero: the same floor as `compare` has
    assert table["accuracy floor"].to_list() == pytest.approx([0.127, 0.0733, 0.065], abs=1e-3)
    tests = pl.DataFrame({"skill": ["simulation"], "items": [50], "change": [0.05]})
    assert with_noise_floor(tests, noise)["noise_floor"][0] == pytest.approx(0.0733, abs=1e-3)


def test_the_reading_names_the_floor_or_what_is_not_known(noise: pl.DataFrame) -> None:
    assert (
        "up to 0.065 may be noise: 'vllm' alone flips 5.0% of the verdicts (95 % upper bound 11.0%)"
        in noise_in_words(noise)
    )
    quiet = noise_in_words(noise.filter(variation="repeat"))
    assert "On 100 answers" in quiet
    assert "no verdict flipped" in quiet
    assert "below 0.04" in quiet
