"""Kinds as clusters: counts by hand, the interval against SciPy, and a skill in which one kind alone moved."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import t as student

from skillprobe_core.measurements.profile_tests.joint_tests import joint_tests
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_items
from skillprobe_core.measurements.profile_tests.significant_rows import in_the_skill, in_these_kinds


@pytest.fixture
def tests(items, answered) -> pl.DataFrame:
    """Two checkpoints: one kind of calculation loses nearly all; every kind of enumeration loses a third."""
    rng = np.random.default_rng(21)
    base = rng.random(items.height) < 0.9
    lost = (items["kind"] == "calculation_math_0").to_numpy()
    fallen = (items["skill"] == "enumeration").to_numpy() & (rng.random(items.height) < 0.4)
    before = answered(items, base, "base", 0)
    sides = (base & ~lost, base & ~fallen)
    return joint_tests([paired_items(answered(items, side), before, items) for side in sides], 0.05, flips=999)


def test_numbers_of_kinds_are_those_of_the_rows_of_scope_kind(tests: pl.DataFrame) -> None:
    kinds = tests.filter(scope="kind")
    for row in tests.rows(named=True):
        own = kinds.filter(checkpoint=row["checkpoint"])
        for name in ("skill", "domain", "kind"):
            own = own.filter((pl.col(name) == row[name]) | (row[name] == "all"))
        moved = own.filter(pl.col("p_adjusted") <= 0.05)
        assert row["kinds"] == own.height
        assert row["kinds_risen"] == moved.filter(pl.col("change") > 0).height
        assert row["kinds_fallen"] == moved.filter(pl.col("change") < 0).height
    assert tests.filter(scope="overall")["kinds"].to_list() == [8, 8]
    assert tests.filter(scope="kind")["kind_p"].null_count() == kinds.height


def test_interval_and_p_value_are_students_unless_the_kinds_in_hand_say_less(tests: pl.DataFrame) -> None:
    """By hand: Student's interval, whose variance is at least the mean one within the skills of the checkpoint."""
    kinds = tests.filter(scope="kind")
    for row in tests.filter(scope="skill").rows(named=True):
        of_checkpoint = kinds.filter(checkpoint=row["checkpoint"])
        by_skill = [part["change"].to_numpy() for part in of_checkpoint.partition_by("skill")]
        within = sum(((each - each.mean()) ** 2).sum() for each in by_skill) / sum(len(each) - 1 for each in by_skill)
        changes = of_checkpoint.filter(skill=row["skill"])["change"].to_numpy()
        error = (max(changes.var(ddof=1), within) / len(changes)) ** 0.5
        mean, law = changes.mean(), student(len(changes) - 1)
        low, high = mean - law.ppf(0.975) * error, mean + law.ppf(0.975) * error
        assert row["kind_low"] == pytest.approx(max(min(low, row["change_low"]), -1.0))
        assert row["kind_high"] == pytest.approx(min(max(high, row["change_high"]), 1.0))
        p = 2 * law.sf(abs(mean) / error) if mean else 1.0
        assert row["kind_p"] == pytest.approx(max(p, row["p"]))


def test_one_kind_is_no_claim_about_its_skill_and_all_kinds_are(tests: pl.DataFrame) -> None:
    skills = tests.filter(scope="skill")
    alone, together = (skills.filter(checkpoint=place) for place in (0, 1))
    assert alone.filter(in_these_kinds())["skill"].to_list() == ["calculation"]
    assert alone.filter(in_the_skill()).is_empty()
    assert together.filter(in_the_skill())["skill"].to_list() == ["enumeration"]


def test_unequal_kinds_count_once_each_and_never_against_the_change_of_the_items(items, answered) -> None:
    """A large kind that rises outweighs small ones that fall in the items, not among the kinds."""
    small = items.filter((pl.col("skill") == "calculation") & (pl.col("domain") == "math"))
    number = pl.int_range(pl.len())
    uneven = small.with_columns(
        pl.when(number < 40).then(pl.lit("large")).otherwise(pl.format("{}", number // 5)).alias("kind")
    )
    large = (uneven["kind"] == "large").to_numpy()
    pairs = paired_items(answered(uneven, large), answered(uneven, ~large, "base", 0), uneven)
    row = joint_tests([pairs], 0.05, flips=199).filter(scope="skill").row(0, named=True)
    assert row["kinds"] == 5
    assert row["change"] > 0
    assert row["kind_p"] == 1.0
    assert row["kind_low"] < 0 < row["kind_high"]
