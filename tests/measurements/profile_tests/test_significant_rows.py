import polars as pl

from skillprobe_core.measurements.profile_tests.significant_rows import in_the_skill, in_these_kinds


def test_rows_of_an_earlier_version_are_read_by_their_scope() -> None:
    rows = pl.DataFrame(
        {"p_gated": [None, 0.2], "p_adjusted": [0.01, 0.01], "kind_p_adjusted": [None, 0.01]},
        schema=dict.fromkeys(("p_gated", "p_adjusted", "kind_p_adjusted"), pl.Float64),
    )
    assert rows.select(in_these_kinds()).to_series().to_list() == [True, False]
    assert rows.select(in_the_skill()).to_series().to_list() == [False, False]


def test_a_claim_about_a_skill_needs_both_tests() -> None:
    rows = pl.DataFrame(
        {"p_gated": [0.01, 0.01, 0.06, 0.01], "p_adjusted": [0.01] * 4, "kind_p_adjusted": [0.05, 0.06, 0.01, None]}
    )
    assert rows.select(in_these_kinds()).to_series().to_list() == [True, True, False, True]
    assert rows.select(in_the_skill()).to_series().to_list() == [True, False, False, False]
