"""Families of hypotheses: cells, skills, domains and the whole, each a partition of the items."""

from itertools import product

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.measurements.profile_tests.families import families

CELLS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=40)


@given(CELLS)
def test_every_item_is_in_one_group_of_each_family(cells: list[tuple[str, str]]) -> None:
    frame = pl.DataFrame(cells, schema=["skill", "domain"], orient="row")
    found = {family.scope: family for family in families(frame)}
    assert list(found) == ["cell", "skill", "domain", "overall"]
    for scope, of in (
        ("cell", lambda s, d: (s, d)), ("skill", lambda s, d: (s, "all")), ("domain", lambda s, d: ("all", d)),
        ("overall", lambda s, d: ("all", "all")),
    ):  # fmt: skip
        family = found[scope]
        assert list(family.groups) == sorted(set(family.groups))
        assert [family.groups[label] for label in family.label] == [of(*cell) for cell in cells]


def test_only_groups_with_items_are_hypotheses() -> None:
    some = [cell for cell in product("ab", "xy") if cell != ("b", "y")]
    found = families(pl.DataFrame(some, schema=["skill", "domain"], orient="row"))
    assert [len(family.groups) for family in found] == [3, 2, 2, 1]


def test_without_items_there_are_no_groups() -> None:
    empty = pl.DataFrame(schema={"skill": pl.String, "domain": pl.String})
    assert [family.groups for family in families(empty)] == [(), (), (), ()]
