"""Sentences that state a formula as the answer, and those that do not."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.readers.formula_sentences import stated_formula

VOLUME = ("A cube has the edge k. Give its volume as a formula in k.", "k^3")
FACTOR = ("Factor y^2 + 3y - 10.", "(y - 2)(y + 5)")
EXPAND = ("Expand 4(z - 3).", "4z - 12")
DERIVATIVE = ("What is the derivative of x^4 + 5x?", "4x^3 + 5")
STATED = (
    (VOLUME, "The volume of a cube is given by the formula k^3, where k is the edge.", "k^3"),
    (VOLUME, "The volume is the edge times itself, which is k^3. This holds for every cube.", "k^3"),
    (VOLUME, "The volume is V = k^3, where V is the volume. This formula is old.", "V = k^3"),
    (VOLUME, "The volume of the cube equals k³.\n\nIt is used in many fields of physics.", "k^{3}"),
    (VOLUME, "The volume of the cube is **k^3** (cubic units).", "k^3"),
    (VOLUME, "The volume is k^3. For example, if k = 2, it is 2^3 = 8.", "k^3"),
    (VOLUME, "The volume of a cube is 3k.", "3k"),
    (FACTOR, "So y^2 + 3y - 10 can be rewritten as (y - 2)(y + 5), which shows its roots.", "(y - 2)(y + 5)"),
    (FACTOR, "The factorization can be expressed as (y - 2)(y + 5). This is an elegant form.", "(y - 2)(y + 5)"),
    (FACTOR, "Look at the roots: y^2 + 3y - 10 = (y - 2)(y + 5). This is because they are 2 and -5.", "(y - 2)(y + 5)"),
    (EXPAND, "4(z - 3) = 4z - 12\n\nThis is the result of the distributive law.", "4z - 12"),
    (EXPAND, "4(z - 3) = 4*z - 4*3 = 4z - 12.", "4z - 12"),
    (EXPAND, "The expression expands to $4z - 12$.", "4z - 12"),
    (DERIVATIVE, "The derivative of x^4 + 5x is simply 4x^3 + 5. The power rule gives it.", "4x^3 + 5"),
)
NOT_STATED = (
    (VOLUME, "The volume of a cube is a fundamental notion."),
    (VOLUME, "The volume of a cube is not k^3."),
    (VOLUME, "If the volume is k^3, what is k?"),
    (VOLUME, "Is the volume k^3? The volume is hard to find."),
    (VOLUME, "The volume is k^3 or 3k."),
    (VOLUME, "The volume is k^3 times something."),
    (VOLUME, "The volume is k^3 +"),
    (VOLUME, "The volume is k^3. That is wrong."),
    (VOLUME, "The volume is k^3. The better formula reads 6k^2 then."),
    (VOLUME, "The weight of a stone is k^3."),
    (VOLUME, "Suppose that the volume is k^3."),
    (FACTOR, "The expression is y^2 + 3y - 10."),
    (FACTOR, "The expression is y(y + 5) - 2(y + 5)."),
    (FACTOR, "Step 1: y^2 + 3y - 10 = (y - 2)(y + 5)"),
    (EXPAND, "4(z - 3) = 4(z - 3)."),
    (EXPAND, "4(z - 3) = 4z - 12 apples"),
    (EXPAND, "4z - 12"),
    (DERIVATIVE, "The derivative of x^4 is 4x^3."),
    (DERIVATIVE, "x^4 + 5x = 4x^3 + 5."),
)


def found(case: tuple[str, str], text: str) -> str | None:
    return stated_formula(text, AnswerKey(AnswerType.EXPRESSION, case[1], question=case[0]))


@pytest.mark.parametrize(("case", "text", "formula"), STATED)
def test_a_direct_sentence_states_its_formula(case: tuple[str, str], text: str, formula: str) -> None:
    assert found(case, text) == formula
    assert found(case, f"Here is a first thought.\n\n{text}") == formula


@pytest.mark.parametrize(("case", "text"), NOT_STATED)
def test_a_step_a_doubt_and_another_subject_state_nothing(case: tuple[str, str], text: str) -> None:
    assert found(case, text) is None


def test_the_last_direct_sentence_decides() -> None:
    assert found(VOLUME, "The volume is 3k. So the volume is k^3.") == "k^3"
    assert found(VOLUME, "The volume is k^3. So the volume is 3k.") == "3k"


def test_without_a_question_no_sentence_is_direct() -> None:
    assert found(("", "k^3"), "The volume is k^3.") is None


@pytest.mark.parametrize(
    "text", ["is " * 5_000, "The volume is (" * 1_000, "= " * 8_000, "k^3 is. " * 2_000, "**k" * 5_000]
)
def test_hostile_texts_are_read(text: str) -> None:
    assert found(VOLUME, text) is None
