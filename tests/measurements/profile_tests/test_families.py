"""Families of hypotheses: cells, skills, domains, the whole and kinds, each a partition of the items."""

from itertools import product

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.measurements.profile_tests.families import families

KEYS = ["skill", "domain", "kind"]
CELLS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.sampled_from("12")), min_size=1, max_size=40
)


@given(CELLS)
def test_every_item_is_in_one_group_of_each_family(cells: list[tuple[str, str, str]]) -> None:
    frame = pl.DataFrame(cells, schema=KEYS, orient="row")
    found = {family.scope: family for family in families(frame)}
    assert list(found) == ["cell", "skill", "domain", "overall", "kind"]
    for scope, of in (
        ("cell", lambda s, d, _: (s, d, "all")), ("skill", lambda s, _, __: (s, "all", "all")),
        ("domain", lambda _, d, __: ("all", d, "all")), ("overall", lambda *_: ("all", "all", "all")),
        ("kind", lambda *key: key),
    ):  # fmt: skip
        family = found[scope]
        assert list(family.groups) == sorted(set(family.groups))
        assert [family.groups[label] for label in family.label] == [of(*cell) for cell in cells]


def test_only_groups_with_items_are_hypotheses() -> None:
    some = [cell for cell in product("ab", "xy", "12") if cell != ("b", "y", "2")]
    found = families(pl.DataFrame(some, schema=KEYS, orient="row"))
    assert [len(family.groups) for family in found] == [4, 2, 2, 1, 7]


def test_without_items_there_are_no_groups() -> None:
    empty = pl.DataFrame(schema=dict.fromkeys(KEYS, pl.String))
    assert [family.groups for family in families(empty)] == [(), (), (), (), ()]
