"""Simulated changes of style: no collapse is claimed more often than stated, and one on accuracy alone would be."""

import json

import numpy as np
import polars as pl
import pytest

from benchmarks.style_changes import MARGIN, SCENARIOS, claimed, claims, main, simulated
from skillprobe_core.measurements.profile_tests.joint_tests import joint_tests

ROUNDS = 60
ALLOWED = 8  # 99.5 % point of a binomial with 60 rounds at 5 %
ALONE = pl.col("upper_limit") < -MARGIN


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "hides_right"])
def test_a_change_of_style_is_not_claimed_as_a_collapse(name: str) -> None:
    found = claims(SCENARIOS[name], np.random.default_rng(1), rounds=ROUNDS, cells=6, each=50)
    assert claimed(found, pl.col("collapse")) <= ALLOWED
    assert not (found["output_broken"] & found["collapse"]).any()


def test_the_accuracy_alone_would_be_claimed() -> None:
    found = claims(SCENARIOS["third"], np.random.default_rng(2), rounds=20, cells=8, each=108)
    assert claimed(found, ALONE) >= 18
    assert claimed(found, pl.col("collapse")) <= 4


def test_a_real_collapse_is_still_claimed_through_a_change_of_style() -> None:
    """A fall of half of the solved share, where a third of the answers changed their form."""
    scenario = SCENARIOS["third"]
    fallen = type(scenario)(scenario.chance, fall=0.4)
    found = claims(fallen, np.random.default_rng(4), rounds=20, cells=8, each=108)
    assert claimed(found, pl.col("collapse")) >= 18


def test_fewer_than_half_formed_answers_are_broken_output() -> None:
    found = claims(SCENARIOS["half_broken"], np.random.default_rng(3), rounds=10, cells=4, each=400)
    assert found["output_broken"].mean() >= 0.75
    for row in found.iter_rows(named=True):
        assert row["output_broken"] == (row["well_formed_rate"] < 0.5)


def test_the_simulation_claims_what_the_joint_tests_claim() -> None:
    one, same = (np.random.default_rng(5) for _ in range(2))
    found = claims(SCENARIOS["third_margin"], one, rounds=1, cells=6, each=60)
    tests = joint_tests([simulated(SCENARIOS["third_margin"], same, cells=6, each=60)], MARGIN, flips=99)
    columns = ("skill", "domain", "upper_limit", "well_formed_upper_limit", "collapse", "output_broken")
    assert tests.filter(scope="cell").select(columns).equals(found.select(columns))


def test_the_command_prints_a_figure_for_each_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--rounds", "3", "--scenarios", "tenth", "half_broken"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["name"] for row in rows] == ["tenth", "half_broken"]
    assert all(row["runs"] == 3 for row in rows)
    assert rows[1]["output_broken"] > rows[0]["output_broken"] == 0
