import polars as pl
import pytest

from skillprobe_core.measurements.study.transfer import transfer_index


def two_domains(math: tuple[float, float], general: tuple[float, float]) -> pl.DataFrame:
    rows = []
    for domain, (base, accuracy) in (("math", math), ("general", general)):
        for scope, skill in (("cell", "calculation"), ("cell", "diagnostic"), ("domain", "all")):
            change = accuracy - base
            rows.append(
                {
                    "model": "m",
                    "step": 1,
                    "item_set": "set",
                    "scope": scope,
                    "skill": skill,
                    "domain": domain,
                    "base_accuracy": base,
                    "change": change,
                    "change_low": change - 0.05,
                    "change_high": change + 0.05,
                    "p_adjusted": 0.01,
                }
            )
    return pl.DataFrame(rows)


def test_index_is_the_ratio_of_standardised_gains() -> None:
    row = transfer_index(two_domains((0.5, 0.7), (0.2, 0.24))).row(0, named=True)
    assert row["domain"] == "general"
    assert row["index"] == pytest.approx(100 * (0.04 / 0.4) / (0.2 / 0.5))
    assert row["relative_index"] == pytest.approx(100 * (0.04 / 0.2) / (0.2 / 0.5))
    assert row["reason"] is None
    assert row["target_change"] == pytest.approx(0.2)


def test_an_index_has_an_interval_and_tests_of_0_and_100() -> None:
    partly = transfer_index(two_domains((0.5, 0.7), (0.5, 0.6))).row(0, named=True)
    assert partly["index_low"] < partly["index"] < partly["index_high"]
    assert 0 < partly["index_low"] < partly["index_high"] < 100
    assert partly["p_full_transfer"] < 0.05
    assert partly["p_adjusted"] == 0.01
    fully = transfer_index(two_domains((0.5, 0.7), (0.5, 0.7))).row(0, named=True)
    assert fully["index_low"] < 100 < fully["index_high"]
    assert fully["p_full_transfer"] == 1
    unknown = transfer_index(two_domains((0.5, 0.53), (0.5, 0.6))).row(0, named=True)
    assert unknown["index_low"] is unknown["index_high"] is unknown["p_full_transfer"] is None


def test_forgetting_is_negative_transfer() -> None:
    assert transfer_index(two_domains((0.5, 0.7), (0.5, 0.4)))["index"][0] == pytest.approx(-50)


@pytest.mark.parametrize(
    ("math", "general", "reason"),
    [
        ((0.5, 0.53), (0.5, 0.6), "did not gain beyond"),
        ((0.5, 0.4), (0.5, 0.6), "did not gain beyond"),
        ((0.5, 0.7), (1.0, 0.9), "spread is near 0"),
    ],
)
def test_undefined_ratios_are_null_with_their_reason(math, general, reason: str) -> None:
    row = transfer_index(two_domains(math, general)).row(0, named=True)
    assert row["index"] is None
    assert reason in row["reason"]
    assert row["change"] == pytest.approx(general[1] - general[0])


def test_a_base_without_any_right_answer_has_no_relative_gain() -> None:
    row = transfer_index(two_domains((0.5, 0.7), (0.0, 0.2))).row(0, named=True)
    assert row["relative_index"] is None
    assert "base accuracy is near 0" in row["relative_reason"]
