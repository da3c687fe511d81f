import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.profile_tests.profile_tests import profile_tests
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS


@pytest.fixture
def both(items, answered):
    rng = np.random.default_rng(8)
    base = rng.random(items.height) < 0.7
    tuned = np.where(rng.random(items.height) < 0.1, rng.random(items.height) < 0.7, base)
    collapsed = ((items["skill"] == "enumeration") & (items["domain"] == "math")).to_numpy()
    tuned[collapsed] = base[collapsed] & (rng.random(collapsed.sum()) < 0.3)
    return answered(items, tuned), answered(items, base, "base", 0)


def run(verdicts, base, items, **changes):
    return profile_tests(verdicts, base, items, **{"model": "tuned", "step": 100, "base_model": "base"} | changes)


def row(table: pl.DataFrame, skill: str, domain: str) -> dict:
    return table.row(
        by_predicate=(pl.col("skill") == skill) & (pl.col("domain") == domain) & (pl.col("kind") == "all"), named=True
    )


def test_rows_are_cells_and_their_subtotals(both, items) -> None:
    table = run(*both, items)
    assert table.schema == PROFILE_TESTS.computed_schema
    assert table["scope"].to_list() == ["cell"] * 4 + ["skill"] * 2 + ["domain"] * 2 + ["overall"] + ["kind"] * 8
    assert table.select(pl.struct("scope", "skill", "domain", "kind").is_duplicated().any()).item() is False
    whole = row(table, "all", "all")
    for scope in ("cell", "skill", "domain", "kind"):
        parts = table.filter(scope=scope)
        for count in ("items", "gained", "forgotten"):
            assert parts[count].sum() == whole[count]
        assert (parts["change"] * parts["items"]).sum() / whole["items"] == pytest.approx(whole["change"])


def test_the_collapsed_cell_is_found_and_no_other(both, items) -> None:
    table = run(*both, items)
    assert table.filter(scope="cell", collapse=True).select("skill", "domain").rows() == [("enumeration", "math")]
    found = row(table, "enumeration", "math")
    assert found["p_lower_adjusted"] <= 0.001
    assert found["change_low"] < found["change"] < found["upper_limit"] < -0.05
    assert found["bootstrap_low"] == pytest.approx(found["change_low"], abs=0.04)
    quiet = row(table, "calculation", "math")
    assert quiet["p_adjusted"] > 0.05
    assert 0.05 < quiet["detectable_collapse"] < 1
    assert not row(run(*both, items, margin=0.9), "enumeration", "math")["collapse"]


def test_gained_forgotten_and_change_agree_with_counting(both, items) -> None:
    verdicts, base = both
    sides = verdicts.join(base, on="item_id", suffix="_base").join(items, on="item_id")
    for found in run(*both, items).filter(scope="cell").rows(named=True):
        cell = sides.filter(skill=found["skill"], domain=found["domain"])
        now, then = cell["verdict"] == "correct", cell["verdict_base"] == "correct"
        assert found["gained"] == (now & ~then).sum()
        assert found["forgotten"] == (then & ~now).sum()
        assert found["change"] == pytest.approx(now.mean() - then.mean())


def test_same_verdicts_in_any_order_give_the_same_bytes(both, items) -> None:
    verdicts, base = both
    expected = run(*both, items)
    again = run(
        verdicts.sample(fraction=1, shuffle=True, seed=1),
        base.sample(fraction=1, shuffle=True, seed=2),
        items.sample(fraction=1, shuffle=True, seed=3),
    )
    assert again.equals(expected)
    assert again.write_ipc(None).getvalue() == expected.write_ipc(None).getvalue()


def test_a_base_against_itself_has_not_moved(both, items) -> None:
    base = both[1]
    table = run(base, base, items, model="base", step=0)
    assert (table["change"] == 0).all()
    assert (table["p"] == 1).all()
    assert not table["collapse"].any()
    assert table["wording_p"].null_count() == table.height


def test_an_interval_over_wordings_is_wide_even_where_none_moved(both, items) -> None:
    """Six wordings that all stayed as they were do not show that a seventh would."""
    base = both[1]
    table = run(base, base, items, model="base", step=0)
    cells = table.filter(scope="cell")
    assert (cells["template_high"] > 0.3).all()
    assert (cells["template_high"] > cells["change_high"]).all()
    one = run(base, base, items.with_columns(template=pl.lit("only one")), model="base", step=0)
    assert one["template_low"].null_count() == one.height


def test_swapping_sides_mirrors_the_change(both, items) -> None:
    verdicts, base = both
    there, back = run(verdicts, base, items), run(base, verdicts, items)
    np.testing.assert_allclose(there["change"], -back["change"])
    np.testing.assert_allclose(there["change_low"], -back["change_high"])
    np.testing.assert_allclose(there["p_adjusted"], back["p_adjusted"])
    assert (there["gained"] == back["forgotten"]).all()


def test_several_samples_make_intervals_narrower_but_not_as_narrow_as_more_items(items, answered) -> None:
    rng = np.random.default_rng(9)
    ability = rng.beta(0.6, 0.6, (items.height, 1))
    base = rng.random((items.height, 8)) < ability
    tuned = rng.random((items.height, 8)) < ability - 0.1
    width = {}
    for samples in (1, 8):
        table = run(answered(items, tuned[:, :samples]), answered(items, base[:, :samples], "base", 0), items)
        width[samples] = (table["change_high"] - table["change_low"]).to_numpy()
        assert (table["units"] == table["items"]).all()
    assert np.all(width[8] < width[1])
    assert np.all(width[8] > width[1] / 8)


def test_sampled_templates_are_flipped_whole(items, answered) -> None:
    """Sixty copies of twenty public questions a cell carry the evidence of twenty."""
    family = pl.col("item_id").str.slice(-3).cast(pl.Int64) // 3
    public = items.with_columns(source=pl.lit("public"), template=pl.format("{}/{}", "kind", family))
    third = (items["item_id"].str.slice(-3).cast(pl.Int64) // 3).to_numpy()
    rng = np.random.default_rng(10)
    codes = np.unique(items["skill"].to_numpy() + items["domain"].to_numpy(), return_inverse=True)[1] * 20 + third
    base, tuned = (rng.random(80) < share for share in (0.7, 0.5))
    sides = answered(items, tuned[codes]), answered(items, base[codes], "base", 0)
    alone, whole = run(*sides, items), run(*sides, public)
    assert (whole.filter(scope="cell")["units"] >= 20).all()
    assert (whole.filter(scope="cell")["units"] <= 40).all()
    assert (whole["p"] >= alone["p"] - 0.02).all()
    assert (whole["change_high"] - whole["change_low"] > alone["change_high"] - alone["change_low"]).all()


def test_no_items_is_an_empty_table(both, items) -> None:
    verdicts, base = both
    assert run(verdicts.clear(), base.clear(), items).is_empty()


def test_broken_output_fails_the_check_as_a_collapse_does(both, items, restyled) -> None:
    verdicts, base = both
    (check,) = (each for each in PROFILE_TESTS.checks if each.name == "no_skill_collapsed")
    cell = ((items["skill"] == "calculation") & (items["domain"] == "math")).to_numpy()
    quiet = run(base.with_columns(model=pl.lit("tuned")), base, items)
    assert check.find(None, quiet).passed
    broken = run(restyled(base, items, cell, verdict="malformed"), base, items)
    assert PROFILE_TESTS.headline is not None
    assert PROFILE_TESTS.headline(broken)["cells_with_broken_output"] == 1
    found = check.find(None, broken)
    assert not found.passed
    assert found.text == "output broken: calculation in math"
    two = check.find(None, run(restyled(verdicts, items, cell, verdict="malformed"), base, items))
    assert two.text == "collapsed: enumeration in math; output broken: calculation in math"


def test_style_alone_is_never_a_collapse_and_hides_none(both, items, restyled) -> None:
    verdicts, base = both
    some = np.random.default_rng(2).random(items.height) < 0.3
    styled = run(restyled(verdicts, items, some, verdict="malformed"), base, items)
    alone = run(restyled(base, items, some, verdict="malformed"), base, items)
    assert styled.filter(scope="cell", collapse=True).select("skill", "domain").rows() == [("enumeration", "math")]
    assert not alone["collapse"].any()
    assert (alone.filter(scope="overall")["upper_limit"] < -0.05).all()
    assert alone.filter(scope="overall")["malformed_p"].item() <= 0.001
