"""Division of a text into reasoning and answer: nothing is lost, and only reasoning at the start counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.models.reasoning_markers import divided

MARKERS = ("<think>", "</think>")
PIECES = st.lists(st.sampled_from(["<think>", "</think>", "a", " ", "\n", "<", "think>"])).map("".join)


@given(PIECES, st.booleans())
def test_both_parts_are_the_text(text: str, opened: bool) -> None:
    reasoning, answer = divided(text, MARKERS, opened=opened)
    assert (reasoning or "") + answer == text
    assert divided(text, (), opened=opened) == (None, text)
    if reasoning is not None and answer:
        assert reasoning.endswith("</think>")


@pytest.mark.parametrize(
    ("text", "opened", "reasoning"),
    [
        ("<think>a</think>b", False, "<think>a</think>"),
        ("a</think>b", False, "a</think>"),
        ("a", True, "a"),
        ("a", False, None),
        ("a <think> b </think>", False, None),
        (" <think>a", False, " <think>a"),
        ("<think>a</think>b<think>c</think>d", False, "<think>a</think>b<think>c</think>"),
        ("<think>a</think>b<think>c", False, "<think>a</think>b<think>c"),
        ("a</think>b</think>c", True, "a</think>b</think>"),
    ],
)
def test_where_reasoning_begins_and_ends(text: str, opened: bool, reasoning: str | None) -> None:
    assert divided(text, MARKERS, opened=opened)[0] == reasoning
