"""Correct answers in many forms, and similar texts that are wrong."""

import pytest

from skillprobe_core.benchmark.battery.surfaces import STYLES, corruptions, styles_of, surface_forms, wrong_forms
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


def test_every_answer_type_has_ten_styles_of_its_own_name() -> None:
    assert len({style.name for style in STYLES}) == len(STYLES)
    for answer_type in AnswerType:
        assert len(styles_of(answer_type)) >= 10


def item_with(answer_type: AnswerType, answer: str) -> Item:
    kind = Imported("k", 1, Skill.CALCULATION, Domain.MATH, answer_type, "test")
    tolerance = 0.01 if answer_type is AnswerType.DECIMAL else None
    draft = Draft("What?", answer, f"Answer: {answer}", "plain", 0.1, tolerance=tolerance)
    return make_item(kind, 1, Split.TRAIN, draft)


@pytest.mark.parametrize("answer_type", ANSWERS)
def test_a_right_answer_is_right_in_every_style(answer_type: AnswerType) -> None:
    item = item_with(answer_type, ANSWERS[answer_type])
    forms = list(surface_forms(item))
    assert len(forms) >= 10
    assert [form for form in forms if judge(item, form).verdict is not Verdict.CORRECT] == []


@pytest.mark.parametrize("answer_type", ANSWERS)
def test_a_wrong_answer_is_wrong_in_every_style(answer_type: AnswerType) -> None:
    item = item_with(answer_type, ANSWERS[answer_type])
    wrong = list(corruptions(item))
    assert len(wrong) >= 2
    forms = {form for text in wrong for style in styles_of(answer_type) if (form := style.write(text)) is not None}
    assert [form for form in sorted(forms) if judge(item, form).verdict is Verdict.CORRECT] == []
    assert set(wrong_forms(item)) > {f"Let me see.\nAnswer: {text}" for text in wrong}


@pytest.mark.parametrize(
    ("style", "answer_type", "answer", "completion"),
    [
        ("thousands", AnswerType.INTEGER, "-12345", "Answer: -12,345"),
        ("thousands", AnswerType.INTEGER, "123", None),
        ("number words", AnswerType.INTEGER, "42", "Answer: forty-two"),
        ("number words", AnswerType.INTEGER, "420", None),
        ("LaTeX fraction", AnswerType.RATIONAL, "-3/4", "Answer: $-\\frac{3}{4}$"),
        ("LaTeX fraction", AnswerType.RATIONAL, "3", None),
        ("bullets", AnswerType.SET, "a, b", "Answer:\n- a\n- b"),
        ("bullets", AnswerType.SET, "none", None),
        ("and", AnswerType.SET, "a, b, c", "Answer: a, b and c"),
        ("and", AnswerType.SET, "a", None),
    ],
)
def test_a_style_applies_where_it_can(style: str, answer_type: AnswerType, answer: str, completion: str | None) -> None:
    (found,) = [each for each in styles_of(answer_type) if each.name == style]
    assert found.write(answer) == completion


def test_a_number_below_its_tolerance_is_not_corrupted_by_its_sign() -> None:
    near_zero = item_with(AnswerType.DECIMAL, "0.005")
    assert "-0.005" not in list(corruptions(near_zero))


def test_a_palindrome_is_not_corrupted_by_reversing_it() -> None:
    assert "1, 2, 1" not in list(corruptions(item_with(AnswerType.SEQUENCE, "1, 2, 1")))
    assert "2, 1" in list(corruptions(item_with(AnswerType.SEQUENCE, "1, 2")))
