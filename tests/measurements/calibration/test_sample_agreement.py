"""Agreement among samples: the most frequent answer, counted again by brute force."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.measurements.calibration.sample_agreement import agreement, same_answer

N, D, R, S, M, Q, T, C = (
    AnswerType.INTEGER, AnswerType.DECIMAL, AnswerType.RATIONAL, AnswerType.SET, AnswerType.MULTISET,
    AnswerType.SEQUENCE, AnswerType.TEXT, AnswerType.CHOICE,
)  # fmt: skip
SAMPLE = st.one_of(
    st.just(("correct", "7")),
    st.sampled_from(["1", "2", "3"]).map(lambda text: ("wrong", text)),
    st.sampled_from([("unparsed", None), ("truncated", None), ("malformed", "many")]),
)


def verdicts_of(samples):
    rows = [
        {"item_id": item_id, "sample": number, "verdict": verdict, "extracted": extracted, "reading": "fair"}
        for item_id, answers in samples.items()
        for number, (verdict, extracted) in enumerate(answers)
    ]
    return pl.DataFrame(rows, schema_overrides={"extracted": pl.String})


def items_of(samples, kind=N):
    return pl.DataFrame({"item_id": list(samples), "answer_type": [str(kind)] * len(samples)})


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(SAMPLE, min_size=1, max_size=7), min_size=1))
def test_it_is_the_share_of_the_most_frequent_answer(samples):
    found = {row[0]: row[1:] for row in agreement(verdicts_of(samples), items_of(samples)).iter_rows()}
    for item_id, answers in samples.items():
        said = ["7" if verdict == "correct" else text for verdict, text in answers if verdict in {"correct", "wrong"}]
        if not said:
            assert item_id not in found
            continue
        confidence, right = found[item_id]
        most = max(said.count(each) for each in said)
        first = next(each for each in said if said.count(each) == most)
        assert confidence == pytest.approx(most / len(answers))
        assert right == (first == "7")


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (N, "1,234", "1234"), (D, "3.50", "3.5"), (D, "3.5 coins", "3.5"), (R, "7/12", "7/12 A"), (S, "b, a", "a, b"),
        (M, "a, b, a", "a a b"), (Q, "1, 2, 3", "1 2 3"), (T, "The White ball", "the white ball."), (C, "b", "B)"),
    ],
)  # fmt: skip
def test_answers_in_other_words_are_the_same(kind, one, other):
    assert same_answer(one, kind) == same_answer(other, kind) != ""


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [(N, "12", "13"), (N, "-3", "3"), (D, "3.5", "35"), (R, "7/12", "7"), (Q, "1, 2", "2, 1"), (M, "a, a", "a")],
)
def test_other_answers_are_not(kind, one, other):
    assert same_answer(one, kind) != same_answer(other, kind)


@pytest.mark.parametrize("digits", [60, 5000])
def test_numbers_of_many_digits_differ_in_the_last_one(digits):
    assert same_answer("9" * digits, N) != same_answer("9" * (digits - 1) + "8", N)


def test_a_fraction_over_zero_is_compared_as_it_is_written():
    assert same_answer("1/0", R) != same_answer("2/0", R)
