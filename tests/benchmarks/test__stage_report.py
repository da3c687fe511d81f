"""The tables of stages: sums over stages, and figures that were not measured."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks._stage_meter import Measured
from benchmarks._stage_report import BEHAVIOUR, ELEMENTWISE, SPECTRA, StageCost, stage_tables, sum_table, sums

NAMES = ("discovery", "generations", "profile_tests", "logit_divergence", "elementwise", "base_spectra", "spectra")


def stages(seconds: list[float], checkpoint: str = "first") -> list[StageCost]:
    costs = [Measured(each, each / 2, 1, 2, 3 << 20, None, None) for each in seconds]
    return [StageCost(checkpoint, name, cost) for name, cost in zip(NAMES, costs, strict=True)]


@given(st.lists(st.floats(0, 1e4), min_size=len(NAMES), max_size=len(NAMES)))
def test_sums_are_those_of_the_stages_up_to_each_result(seconds: list[float]) -> None:
    found = sums(stages(seconds), verdict="profile_tests", elementwise=("logit_divergence", "elementwise"))
    assert found[BEHAVIOUR] == sum(seconds[:3])
    assert found[ELEMENTWISE] == sum(seconds[:5])
    assert found[SPECTRA] == sum(seconds)


def test_checkpoints_per_hour_are_at_the_pace_of_the_last_one() -> None:
    text = sum_table({"first": {BEHAVIOUR: 100.0, SPECTRA: 7.5}, "second": {BEHAVIOUR: 60.0, SPECTRA: 90.0}})
    header, *rows = [line.split("  ") for line in text.splitlines()]
    assert header[-1] == "checkpoints per hour (second)"
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        [BEHAVIOUR, "100.00", "60.00", "60.0"],
        [SPECTRA, "7.50", "90.00", "40.0"],
    ]


def test_a_figure_that_was_not_measured_is_not_zero() -> None:
    measured = StageCost("base", "generations", Measured(2.0, 3.5, 3_000_000, None, 1 << 30, None, 0), tokens=500)
    text = stage_tables([measured, *stages([1.0] * 7)], {"base": "The base", "first": "The first"})
    title, _, row = text.splitlines()[:3]
    assert title == "The base"
    assert row.split() == ["generations", "2.00", "3.50", "3.0", "-", "1,024", "-", "0", "500", "250.0"]
    assert "\n\nThe first\n" in text


def test_rates_need_tokens_and_time() -> None:
    assert StageCost("base", "verdicts", Measured(1.0, 1.0, 0, 0, 0, 0, 0)).tokens_per_second is None
    assert StageCost("base", "generations", Measured(0.0, 0.0, 0, 0, 0, 0, 0), tokens=5).tokens_per_second is None
