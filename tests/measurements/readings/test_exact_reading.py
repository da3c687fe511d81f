"""The exact reading of stored completions."""

import polars as pl
import pytest

from skillprobe_core.measurements.readings.exact_reading import exact_rows


def read(completion: str, verdict: str, ending: str | None = "ended") -> str:
    about = {"item_id": "i", "sample": 0}
    generations = pl.DataFrame({**about, "completion": completion})
    verdicts = pl.DataFrame(
        {**about, "verdict": verdict, "extracted": "7", "ending": pl.Series([ending], dtype=pl.String)}
    )
    (row,) = exact_rows(generations, verdicts).iter_rows(named=True)
    assert (row["extracted"] == "7") == (row["verdict"] == verdict)
    return str(row["verdict"])


@pytest.mark.parametrize(
    ("completion", "exact"),
    [
        ("3 + 4 = 7\nAnswer: 7", True),
        ("Answer: 7\n\n", True),
        ("Answer:7", True),
        ("3 + 4 = 7", False),
        ("The answer is 7.", False),
        ("**Answer:** 7", False),
        ("answer: 7", False),
        ("\\boxed{7}", False),
        ("Answer: 7\nI hope this helps.", False),
        ("So Answer: 7", False),
        ("Answer:\n7", False),
        ("Answer: ", False),
    ],
)
@pytest.mark.parametrize("verdict", ["correct", "wrong"])
def test_only_the_line_that_was_asked_for_counts(completion: str, exact: bool, verdict: str) -> None:
    assert read(completion, verdict) == (verdict if exact else "unparsed")


@pytest.mark.parametrize("ending", ["cut", "looped", "thinking"])
def test_an_answer_that_did_not_end_is_truncated(ending: str) -> None:
    assert read("Answer: 7", "correct", ending) == "truncated"


def test_a_prompt_without_room_stays_one() -> None:
    assert read("", "too_long", None) == "too_long"
