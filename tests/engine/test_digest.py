"""Digests follow values, not the way in which they are written down."""

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.engine.digest import canonical, digest_of, digest_of_value

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=50)
@given(VALUES)
def test_canonical_json_is_ascii_and_holds_the_value(value: object) -> None:
    text = canonical(value)
    assert text.isascii()
    assert json.loads(text) == value


@given(st.dictionaries(st.text(), st.integers(), min_size=2, max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert digest_of(value) == digest_of(dict(reversed(value.items())))


@settings(max_examples=50)
@given(st.lists(VALUES, min_size=2, max_size=2, unique_by=canonical))
def test_other_values_have_another_digest(values: list[object]) -> None:
    one, other = map(digest_of, values)
    assert one != other
    assert len(one) == len(other) == 64


@pytest.mark.parametrize(
    ("one", "other"), [(("ab", "c"), ("a", "bc")), ((1, "1"), ("1", 1)), (([],), ()), ((0,), (False,))]
)
def test_parts_do_not_run_into_each_other(one: tuple[object, ...], other: tuple[object, ...]) -> None:
    assert digest_of(*one) != digest_of(*other)


def test_the_digest_of_fixed_values_never_changes() -> None:
    """Data versions and item ids are digests: stores of earlier versions hold them."""
    written = rb'["items",1,["\u00e9"],null,{"a":0.5,"b":2}]'
    parts = ["items", 1, ["é"], None, {"b": 2, "a": 0.5}]
    assert digest_of(*parts) == digest_of_value(parts) == hashlib.sha256(written).hexdigest()
    assert digest_of_value({"b": None, "a": [1, "é"]}) == hashlib.sha256(rb'{"a":[1,"\u00e9"],"b":null}').hexdigest()
