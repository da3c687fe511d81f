"""Remarks after an answer."""

import pytest

from skillprobe_core.benchmark.judging.closings import sentences_of, without_closings

REMARKS = (
    "Hope this helps!",
    "I hope that helps. Ask me 2 more questions.",
    "Let me know if you need 3 more examples.",
    "Note: this uses 3 steps.",
    "**Note:** 5 was not needed.",
    "Check: 2 * 8 = 16",
    "Confidence: 95",
    "If you have 2 more questions, ask.",
    "That is everything.",
    "These are all the squares below 10.",
    "You can check: 2(4) = 8.",
    "I checked it with 2 methods.",
    "Thanks for asking!",
)


@pytest.mark.parametrize("remark", REMARKS)
@pytest.mark.parametrize("between", ["\n", "\n\n", " "])
def test_remarks_are_cut_off(remark: str, between: str) -> None:
    assert without_closings(f"First 3.\nThe total comes to 8.{between}{remark}") == "First 3.\nThe total comes to 8."


def test_other_sentences_stay() -> None:
    text = "The total comes to 8.\nIt was 5 before."
    assert without_closings(text) == text
    listed = "We count them.\nThese are all the squares: 1, 4, 9."
    assert without_closings(listed) == listed
    assert without_closings("Hope this helps!") == "Hope this helps!"
    assert without_closings("Confidence: 12") == ""


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("One. Two.", 2),
        ("J. S. Bach", 1),
        ("It is 3.5 m. Then 4.", 2),
        ("", 1),
        ("一。二。", 2),
        ("Why? Because.", 2),
        ("a.b.c", 1),
    ],
)
def test_sentences(line: str, count: int) -> None:
    assert len(sentences_of(line)) == count


@pytest.mark.parametrize(
    "check",
    ["Substituting back, 3 * 9 = 27.", "When plugging it back in, 3 * 9 = 27.", "Checking: 3 * 9 = 27.",
     "As a check, 3 * 9 = 27.", "These are the only primes below 12."],
)  # fmt: skip
def test_a_check_behind_the_solution_is_left_out(check: str) -> None:
    assert without_closings(f"x is 9. {check}") == "x is 9."
    assert without_closings(f"x is 9.\n{check}") == "x is 9."


def test_a_formula_may_end_a_sentence() -> None:
    assert sentences_of("So $x=9$. Check: fine.") == ["So $x=9$.", "Check: fine."]
