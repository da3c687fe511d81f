"""Digests of plain values, in identities that stores keep."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.runs.text_digest import text_digest


def test_it_is_sha_256_over_canonical_json() -> None:
    written = rb'{"a":[1,"\u00e9"],"b":null}'
    assert text_digest({"b": None, "a": [1, "é"]}) == hashlib.sha256(written).hexdigest()


@given(st.dictionaries(st.text(), st.integers(), min_size=1))
def test_the_order_of_keys_does_not_matter_and_every_value_does(value: dict[str, int]) -> None:
    assert text_digest(dict(reversed(value.items()))) == text_digest(value)
    changed = {name: number + 1 for name, number in value.items()}
    assert text_digest(changed) != text_digest(value)
