import numpy as np
import polars as pl

from skillprobe_core.measurements.profile_tests.profile_tests import profile_tests
from skillprobe_core.show.report.item_changes import informative_items, item_changes


def sides(items, answered, samples: int = 1):
    rng = np.random.default_rng(31)
    base = rng.random((items.height, samples)) < 0.7
    tuned = rng.random((items.height, samples)) < 0.5
    return answered(items, tuned), answered(items, base, "base", 0)


def test_outcomes_add_up_to_the_tests_counts(items, answered) -> None:
    for samples in (1, 4):
        verdicts, base = sides(items, answered, samples)
        changes = item_changes(verdicts, base, items)
        tests = profile_tests(verdicts, base, items, model="tuned", step=1, base_model="base")
        for outcome in ("gained", "forgotten"):
            found = changes.filter(outcome=outcome).group_by("skill", "domain").len()
            expected = tests.filter(scope="cell").select("skill", "domain", pl.col(outcome).alias("len"))
            assert found.sort("skill", "domain").equals(expected.cast({"len": pl.UInt32}))
        assert set(changes["outcome"]) == {"gained", "forgotten", "kept", "unsolved"}


def test_informative_items_moved_with_their_cell_and_forgotten_easy_ones_lead(items, answered) -> None:
    changes = item_changes(*sides(items, answered), items)
    told = informative_items(changes)
    moves = changes.group_by("skill", "domain").agg((pl.col("share") - pl.col("base_share")).sum().alias("net"))
    for row in moves.rows(named=True):
        mine = told.filter(skill=row["skill"], domain=row["domain"])
        assert mine["place"].to_list() == [1, 2, 3]
        assert row["net"] < 0
        assert mine["outcome"].unique().to_list() == ["forgotten"]
        assert mine["level"].to_list() == [1, 1, 1]


def test_nothing_moved_tells_nothing(items, answered) -> None:
    base = sides(items, answered)[1]
    assert informative_items(item_changes(base, base, items)).is_empty()
