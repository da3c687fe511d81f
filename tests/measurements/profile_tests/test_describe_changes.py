"""Description of every group: counts, limits and collapse, against counting by hand."""

import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.profile_tests.describe_changes import describe_changes
from skillprobe_core.measurements.profile_tests.families import families
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_items
from skillprobe_core.stats.mcnemar import mcnemar_p

NORMAL = 1.959963984540054
OVERALL = 3


def described(items: pl.DataFrame, answered, tuned: np.ndarray, base: np.ndarray, **options: float) -> pl.DataFrame:
    pairs = paired_items(answered(items, tuned), answered(items, base, "base", 0), items)
    given = {"margin": 0.05, "critical": NORMAL, "critical_lower": 1.645} | options
    return pl.concat(describe_changes(pairs, family, **given) for family in families(pairs))


def test_counts_and_shares_are_those_of_the_group(items, answered) -> None:
    rng = np.random.default_rng(5)
    base, tuned = rng.random(items.height) < 0.7, rng.random(items.height) < 0.5
    for row in described(items, answered, tuned, base).rows(named=True):
        chosen = np.ones(items.height, bool)
        for name in ("skill", "domain", "kind"):
            chosen &= (row[name] == "all") | (items[name] == row[name]).to_numpy()
        assert row["items"] == row["units"] == chosen.sum()
        assert row["accuracy"] == pytest.approx(tuned[chosen].mean())
        assert row["base_accuracy"] == pytest.approx(base[chosen].mean())
        assert row["gained"] == (tuned & ~base)[chosen].sum()
        assert row["forgotten"] == (base & ~tuned)[chosen].sum()
        assert row["mcnemar_p"] == pytest.approx(float(mcnemar_p(row["gained"], row["forgotten"])))
        assert row["change_low"] <= row["change"] <= row["change_high"]
        assert row["templates"] <= row["items"]


def test_a_collapse_is_a_drop_whose_upper_limit_exceeds_the_margin(items, answered) -> None:
    base = np.ones(items.height, bool)
    fallen = (items["skill"] == "calculation").to_numpy()
    table = described(items, answered, base & ~fallen, base)
    for row in table.rows(named=True):
        assert row["collapse"] == (row["upper_limit"] < -0.05)
    assert set(table.filter("collapse", scope="skill")["skill"]) == {"calculation"}
    assert not described(items, answered, base & ~fallen, base, margin=1.0)["collapse"].any()


def test_a_stricter_critical_value_needs_a_larger_drop(items, answered) -> None:
    rng = np.random.default_rng(6)
    base, tuned = rng.random(items.height) < 0.7, rng.random(items.height) < 0.6
    usual = described(items, answered, tuned, base)
    strict = described(items, answered, tuned, base, critical=3.0, critical_lower=3.0)
    assert (strict["detectable_collapse"] > usual["detectable_collapse"]).all()
    assert (strict["upper_limit"] > usual["upper_limit"]).all()
    assert strict["change_low"].equals(usual["change_low"]), "the interval of one group is not adjusted"


def test_one_wording_has_no_interval_over_wordings(items, answered) -> None:
    rng = np.random.default_rng(7)
    base, tuned = rng.random(items.height) < 0.7, rng.random(items.height) < 0.6
    one = described(items.with_columns(template=pl.lit("only")), answered, tuned, base)
    assert one["template_low"].null_count() == one.height
    assert one["wording_p"].null_count() == one.height
    assert described(items, answered, tuned, base)["template_low"].null_count() == 0


def test_a_change_of_style_is_no_collapse_and_a_collapse_needs_both(items, answered, restyled) -> None:
    rng = np.random.default_rng(11)
    base = rng.random(items.height) < 0.8
    pairs = {}
    for name, right in (("style", base), ("skill", base & (rng.random(items.height) < 0.4))):
        tuned = restyled(answered(items, right), items, rng.random(items.height) < 0.35, verdict="malformed")
        pairs[name] = paired_items(tuned, answered(items, base, "base", 0), items)
    given = {"margin": 0.05, "critical": NORMAL, "critical_lower": 1.645}
    style, skill = (
        describe_changes(each, families(each)[OVERALL], **given).row(0, named=True) for each in pairs.values()
    )
    assert style["upper_limit"] < -0.05
    assert style["well_formed_accuracy"] == style["base_well_formed_accuracy"]
    assert not style["collapse"]
    assert skill["collapse"]
    assert skill["well_formed_items"] == pairs["skill"].filter("both_well_formed").height < skill["items"]
    assert skill["detectable_collapse"] > style["detectable_change"]
    assert not style["output_broken"]


def test_most_answers_of_another_form_are_broken_output_and_no_collapse(items, answered, restyled) -> None:
    base = np.ones(items.height, bool)
    cell = ((items["skill"] == "calculation") & (items["domain"] == "math")).to_numpy()
    few = cell & (np.arange(items.height) % 3 > 0)
    tuned = restyled(answered(items, base), items, few, verdict="truncated", ending="looped")
    pairs = paired_items(tuned, answered(items, base, "base", 0), items)
    found = describe_changes(pairs, families(pairs)[0], margin=0.05, critical=NORMAL, critical_lower=1.645)
    broken = found.filter("output_broken")
    assert broken.select("skill", "domain").rows() == [("calculation", "math")]
    assert not found["collapse"].any()
    row = broken.row(0, named=True)
    assert row["well_formed_rate"] == pytest.approx(1 - few.sum() / cell.sum())
    assert row["base_well_formed_rate"] == 1
    assert row["truncated_change"] == row["looped_change"] == pytest.approx(few.sum() / cell.sum())
    assert row["malformed_change"] == row["unparsed_change"] == 0


def test_groups_without_well_formed_or_uncut_items_have_no_accuracy_there(items, answered, restyled) -> None:
    right = np.ones(items.height, bool)
    cell = (items["skill"] == "enumeration").to_numpy()
    tuned = restyled(answered(items, right), items, cell, verdict="truncated", ending="cut")
    pairs = paired_items(tuned, answered(items, right, "base", 0), items)
    found = describe_changes(pairs, families(pairs)[1], margin=0.05, critical=NORMAL, critical_lower=1.645)
    gone, kept = (found.filter(skill=skill).row(0, named=True) for skill in ("enumeration", "calculation"))
    for name in ("well_formed_accuracy", "base_well_formed_accuracy", "well_formed_upper_limit", "uncut_change"):
        assert gone[name] is None
        assert kept[name] is not None
    assert (gone["well_formed_items"], gone["uncut_items"], kept["uncut_items"]) == (0, 0, 120)
    assert gone["detectable_collapse"] == 1
    assert gone["output_broken"]
