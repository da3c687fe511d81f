import polars as pl

from skillprobe_core.measurements.study.onset_claims import dated_in_the_skill, dated_in_these_kinds


def test_a_date_needs_the_items_and_one_of_the_skill_the_kinds_as_well() -> None:
    rows = pl.DataFrame({"p": [0.01, 0.05, 0.2, 0.2], "kind_p": [0.03, 0.25, 0.03, 0.25]})
    shown = rows.select(these=dated_in_these_kinds(), skill=dated_in_the_skill())
    assert shown["these"].to_list() == [True, True, False, False]
    assert shown["skill"].to_list() == [True, False, False, False]
