"""Correct answers in many forms, and similar texts that are wrong."""

import pytest

from skillprobe_core.benchmark.battery.surfaces import COMMON_FORMS, FORMS, corruptions, surface_forms
from skillprobe_core.benchmark.item_schema import (
    AnswerType,
    Domain,
    Draft,
    Imported,
    Item,
    Skill,
    Split,
    make_item,
)
from skillprobe_core.benchmark.judging.judge import Verdict, judge


def test_every_answer_type_has_ten_surface_forms() -> None:
    for answer_type in AnswerType:
        assert len(set(COMMON_FORMS + FORMS[answer_type])) >= 10


ANSWERS = {
    AnswerType.INTEGER: "42",
    AnswerType.RATIONAL: "3/4",
    AnswerType.DECIMAL: "2.5",
    AnswerType.CHOICE: "B",
    AnswerType.SEQUENCE: "3, 1, 2",
    AnswerType.SET: "a, b, c",
    AnswerType.MULTISET: "1, 1, 2",
    AnswerType.TEXT: "red",
}


def item_with(answer_type: AnswerType, answer: str) -> Item:
    kind = Imported("k", 1, Skill.CALCULATION, Domain.MATH, answer_type, "test")
    tolerance = 0.01 if answer_type is AnswerType.DECIMAL else None
    draft = Draft("What?", answer, f"Answer: {answer}", "plain", 0.1, tolerance=tolerance)
    return make_item(kind, 1, Split.TRAIN, draft)


@pytest.mark.parametrize("answer_type", ANSWERS)
def test_every_form_is_right_and_every_corruption_wrong(answer_type: AnswerType) -> None:
    item = item_with(answer_type, ANSWERS[answer_type])
    assert {judge(item, form).verdict for form in surface_forms(item)} == {Verdict.CORRECT}
    wrong = list(corruptions(item))
    assert len(wrong) >= 2
    assert Verdict.CORRECT not in {judge(item, f"Answer: {text}").verdict for text in wrong}


def test_a_number_below_its_tolerance_is_not_corrupted_by_its_sign() -> None:
    near_zero = item_with(AnswerType.DECIMAL, "0.005")
    assert "-0.005" not in list(corruptions(near_zero))


def test_a_palindrome_is_not_corrupted_by_reversing_it() -> None:
    assert "1, 2, 1" not in list(corruptions(item_with(AnswerType.SEQUENCE, "1, 2, 1")))
    assert "2, 1" in list(corruptions(item_with(AnswerType.SEQUENCE, "1, 2")))
