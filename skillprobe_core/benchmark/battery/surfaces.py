"""Ways to write a correct answer, and similar texts that are wrong."""

from __future__ import annotations

from collections.abc import Iterator

from skillprobe_core.benchmark.item_schema import AnswerType, Item
from skillprobe_core.benchmark.judging import notation

NUMERIC = (AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL)
LISTS = (AnswerType.SEQUENCE, AnswerType.SET, AnswerType.MULTISET)

COMMON_FORMS = (
    "Answer: {}",
    "**Answer:** {}",
    "Answer: **{}**",
    "**Answer: {}**",
    "The answer is {}.",
    "answer: {}",
    "First I look at it.\nFinal answer: {}",
    "The final answer is: {}\n",
    "Answer:\n{}",
    "#### {}",
    "Answer: 0\nNo, that was a slip.\nAnswer: {}",
    "  Answer :  {}  ",
)
FORMS: dict[AnswerType, tuple[str, ...]] = {
    AnswerType.INTEGER: ("\\boxed{{{}}}", "So it is $\\boxed{{{}}}$.", "Answer: ${}$", "Answer: {}.0", "It is {}."),
    AnswerType.RATIONAL: ("\\boxed{{{}}}", "Answer: \\({}\\)", "x = {}"),
    AnswerType.DECIMAL: ("\\boxed{{{}}}", "Answer: {} units", "It comes to {}"),
    AnswerType.CHOICE: ("\\boxed{{{}}}", "\\boxed{{\\text{{{}}}}}", 'Answer: "{}"', "{}"),
    AnswerType.SEQUENCE: ("\\boxed{{{}}}", "Answer: [{}]", "Answer: ({}).", "So we get\n[{}]"),
    AnswerType.SET: ("\\boxed{{\\{{{}\\}}}}", "Answer: {{{}}}", "Answer: [{}]"),
    AnswerType.MULTISET: ("\\boxed{{{}}}", "Answer: [{}]"),
    AnswerType.TEXT: ("\\boxed{{\\text{{{}}}}}", 'Answer: "{}"', "Answer: `{}`", "{}"),
    AnswerType.EXPRESSION: ("\\boxed{{{}}}", "Answer: ${}$"),
}


def surface_forms(item: Item) -> Iterator[str]:
    """Completions that state the correct answer: at least ten for every answer type."""
    for form in COMMON_FORMS + FORMS[item.answer_type]:
        yield form.format(item.answer)


def corruptions(item: Item) -> Iterator[str]:
    """Texts that resemble the answer but are wrong."""
    answer_type, answer = item.answer_type, item.answer
    if answer_type is AnswerType.DECIMAL and item.tolerance is not None:
        yield from (f"{float(answer) + 3 * item.tolerance:.9f}", f"{float(answer) - 3 * item.tolerance:.9f}")
    elif answer_type in NUMERIC:
        yield from (f"{answer}1", f"1{answer.lstrip('-')}")
    if answer_type in NUMERIC:
        value = notation.number(answer)
        if value is None:
            return
        yield str(value + 1000)
        if abs(value) > (item.tolerance or 0):
            yield str(-value)
        return
    if answer_type in LISTS:
        yield from _other_lists(notation.elements(answer), ordered=answer_type is AnswerType.SEQUENCE)
        return
    if answer_type is AnswerType.CHOICE and len(answer) == 1:
        yield "A" if answer != "A" else "B"
    yield f"{answer}x"
    yield f"not {answer}"


def _other_lists(parts: list[str], *, ordered: bool) -> Iterator[str]:
    yield ", ".join([*parts, "zebra"])
    yield ", ".join([*parts[:-1], f"{parts[-1]}7"]) if parts else "zebra"
    if len(parts) > 1:
        yield ", ".join(parts[:-1])
    if parts and not ordered:
        yield ", ".join([*parts, parts[0]])
    if ordered and parts != parts[::-1]:
        yield ", ".join(reversed(parts))
