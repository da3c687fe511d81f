"""Patterns of adapters match as PEFT matches them, and can be ended."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.runs import matched_patterns
from skillprobe_core.runs.matched_patterns import UnusablePattern, matched_by

NAMES = [f"model.layers.{layer}.{part}" for layer in (0, 1, 12) for part in ("self_attn.q_proj", "mlp.down_proj")]
PATTERNS = [
    "q_proj",
    "self_attn.q_proj",
    r"layers\.1\..*",
    r".*\.(q_proj|down_proj)",
    "layers.1.",
    "",
    "x*",
    "model.layers.0.mlp.down_proj",
]


@settings(max_examples=8)
@given(st.sets(st.sampled_from(PATTERNS)))
def test_names_match_completely_or_at_their_end(patterns: set[str]) -> None:
    found = matched_by(patterns, NAMES)
    assert found.keys() == patterns
    for pattern in patterns:
        assert found[pattern] == {name for name in NAMES if re.fullmatch(rf"(.*\.)?({pattern})", name)}


def test_an_expression_that_is_not_valid_is_named() -> None:
    with pytest.raises(UnusablePattern, match=r"'\(q_proj' is not a regular expression"):
        matched_by(["(q_proj"], NAMES)


def test_an_expression_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matched_patterns, "SECONDS", 1)
    with pytest.raises(UnusablePattern, match="more than 1 processor seconds"):
        matched_by([r"((a|b|model|[.a-z0-9_])+)+!"], NAMES)
