"""Styles in which a model may write an answer, and texts that resemble a right answer but are wrong.

A style never changes what is answered: a right answer in any style is right, and a wrong one stays wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Item
from skillprobe_core.benchmark.judging import notation

NUMERIC = frozenset({AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL})
LISTS = frozenset({AnswerType.SEQUENCE, AnswerType.SET, AnswerType.MULTISET})
WORDS = frozenset({AnswerType.TEXT, AnswerType.CHOICE})
FORMULAS = frozenset({AnswerType.EXPRESSION})
ALL = frozenset(AnswerType)

_INSTRUCTION = "Work step by step. End with a line 'Answer: ' and the answer."
_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


class Style(NamedTuple):
    """A way to write an answer.

    name: identifies it.
    write: the completion for an answer's text; None where the style does not apply to it.
    types: the answer types that it applies to.
    """

    name: str
    write: Callable[[str], str | None]
    types: frozenset[AnswerType] = ALL


def _form(name: str, form: str, types: frozenset[AnswerType] = ALL) -> Style:
    return Style(name, form.format, types)


def _thousands(answer: str) -> str | None:
    """The answer with commas between thousands."""
    plain = answer.lstrip("-").isdigit() and len(answer.lstrip("-")) > 3
    return f"Answer: {int(answer):,}" if plain else None


def _worded(answer: str) -> str | None:
    """A whole number below 100 in words."""
    value = int(answer) if answer.isdigit() and len(answer) < 3 else -1
    if value < 0:
        return None
    if value < len(_UNITS):
        return f"Answer: {_UNITS[value]}"
    tens, units = _TENS[value // 10 - 2], value % 10
    return f"Answer: {tens}-{_UNITS[units]}" if units else f"Answer: {tens}"


def _latex_fraction(answer: str) -> str | None:
    over, bar, under = answer.partition("/")
    if not bar or not under.isdigit() or not over.lstrip("-").isdigit():
        return None
    sign = "-" if over.startswith("-") else ""
    return f"Answer: ${sign}\\frac{{{over.lstrip('-')}}}{{{under}}}$"


def _listing(form: str) -> Callable[[str], str | None]:
    """Each element on a line of its own."""

    def write(answer: str) -> str | None:
        parts = notation.elements(answer)
        lines = [form.format(number=number, element=part) for number, part in enumerate(parts, 1)]
        return "\n".join(["Answer:", *lines]) if parts else None

    return write


def _with_and(answer: str) -> str | None:
    parts = notation.elements(answer)
    return f"Answer: {', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else None


def _joined(separator: str) -> Callable[[str], str | None]:
    def write(answer: str) -> str | None:
        parts = notation.elements(answer)
        return f"Answer: {separator.join(parts)}" if parts else None

    return write


def _quoted_elements(answer: str) -> str | None:
    parts = notation.elements(answer)
    quoted = ", ".join(f'"{part}"' for part in parts)
    return f"Answer: {quoted}" if parts and not any(part[-1:].isdigit() for part in parts) else None


STYLES: tuple[Style, ...] = (
    _form("answer line", "Answer: {}"),
    _form("bold label", "**Answer:** {}"),
    _form("bold answer", "Answer: **{}**"),
    _form("bold line", "**Answer: {}**"),
    _form("sentence", "The answer is {}."),
    _form("lower case", "answer: {}"),
    _form("after reasoning", "First I look at it.\nFinal answer: {}"),
    _form("sentence with a colon", "The final answer is: {}\n"),
    _form("next line", "Answer:\n{}"),
    _form("heading", "## Final Answer\n**{}**"),
    _form("hashes", "#### {}"),
    _form("blanks", "  Answer :  {}  "),
    _form("tags", "<answer>{}</answer>"),
    _form("sentence in the answer line", "Answer: The answer is {}."),
    _form("question repeated in short", "So the answer to this question is {}."),
    _form("closing offer", "Answer: {}\n\nI hope this helps! Let me know if you have other questions."),
    _form("closing note", "Answer: {}\n\nNote: I went through everything twice."),
    _form("check on a line of its own", "Answer: {}\nI checked it, and it fits."),
    _form("aside", "Answer: {} (checked twice)"),
    _form("sentence after it", "Answer: {}. That is my final answer."),
    _form("corrected", "Answer: 0\nNo, that was a slip.\nAnswer: {}"),
    _form("corrected after a doubt", "Answer: 0\n\nWait, that is not right, I forgot something.\n\nAnswer: {}"),
    _form("next question", "Answer: {}\n\nQuestion: What is 3 + 4?\nAnswer: 7"),
    _form("next prompt", f"Answer: {{}}\n\nWhat is 3 + 4?\n{_INSTRUCTION}\nAnswer: 7"),
    _form("next turn", "Answer: {}\nUser: And what is 3 + 4?\nAssistant: Answer: 7"),
    _form("box", "\\boxed{{{}}}", NUMERIC | FORMULAS | {AnswerType.CHOICE, AnswerType.SEQUENCE, AnswerType.MULTISET}),
    _form("box in a sentence", "So it is $\\boxed{{{}}}$.", NUMERIC | FORMULAS | {AnswerType.CHOICE}),
    _form("box of text", "\\boxed{{\\text{{{}}}}}", WORDS),
    _form("box of braces", "\\boxed{{\\{{{}\\}}}}", frozenset({AnswerType.SET})),
    _form("box after an answer line", "Answer: 0\nThat was wrong, so I try again.\n\\boxed{{{}}}", NUMERIC | FORMULAS),
    _form("dollars", "Answer: ${}$", NUMERIC | FORMULAS),
    _form("brackets of LaTeX", "Answer: \\({}\\). This is the value.", NUMERIC | FORMULAS),
    _form("display", "Answer:\n\\[\n{}\n\\]", NUMERIC | FORMULAS),
    _form("equation", "Answer: x = {}", NUMERIC),
    _form("unit", "Answer: {} units", NUMERIC),
    _form("sentence about the value", "Answer: The value is {} in all.", NUMERIC),
    _form("reason", "Answer: {}, because that is what remains", NUMERIC | WORDS),
    _form("reason in a second clause", "Answer: {} - as computed above", NUMERIC),
    _form("remark after a sentence", "It is {}.\n\nHope this helps! Ask me 2 more questions if you like.", NUMERIC),
    _form("JSON", '{{"answer": "{}"}}', NUMERIC | {AnswerType.CHOICE}),
    _form("point zero", "Answer: {}.0", frozenset({AnswerType.INTEGER})),
    Style("thousands", _thousands, frozenset({AnswerType.INTEGER})),
    Style("number words", _worded, frozenset({AnswerType.INTEGER})),
    Style("LaTeX fraction", _latex_fraction, frozenset({AnswerType.RATIONAL})),
    _form("option in brackets", "Answer: ({})", frozenset({AnswerType.CHOICE})),
    _form("word for option", "The correct choice is {}.", frozenset({AnswerType.CHOICE})),
    _form("firmly", "The answer is clearly {}.", frozenset({AnswerType.CHOICE})),
    _form("alone", "{}", WORDS),
    _form("quotes", 'Answer: "{}"', WORDS),
    _form("code", "Answer: `{}`", WORDS),
    _form("it is", "Answer: It is {}.", WORDS),
    _form("square brackets", "Answer: [{}]", LISTS),
    _form("round brackets", "Answer: ({}).", frozenset({AnswerType.SEQUENCE})),
    _form("braces", "Answer: {{{}}}", frozenset({AnswerType.SET, AnswerType.MULTISET})),
    _form("list without a cue", "So we get\n[{}]", LISTS),
    _form("list with a remark", "Answer: {} (that is everything)", LISTS),
    _form("list with a sentence", "Answer: {}. These are all.", LISTS),
    Style("bullets", _listing("- {element}"), LISTS),
    Style("numbered", _listing("{number}. {element}"), LISTS),
    Style("one per line", _listing("{element}"), LISTS),
    Style("and", _with_and, LISTS),
    Style("semicolons", _joined("; "), LISTS),
    Style("no blanks", _joined(","), LISTS),
    Style("elements in quotes", _quoted_elements, LISTS),
)  # fmt: skip


def styles_of(answer_type: AnswerType) -> list[Style]:
    """The styles of an answer type."""
    return [style for style in STYLES if answer_type in style.types]


def surface_forms(item: Item) -> Iterator[str]:
    """Completions that state the right answer, one per style that applies: at least ten for every answer type."""
    for style in styles_of(item.answer_type):
        completion = style.write(item.answer)
        if completion is not None:
            yield completion


def wrong_forms(item: Item) -> Iterator[str]:
    """Completions that state a wrong answer: every corruption on an answer line, and every style with one of them."""
    wrong = list(corruptions(item))
    yield from (f"Let me see.\nAnswer: {text}" for text in wrong)
    for number, style in enumerate(styles_of(item.answer_type) if wrong else ()):
        completion = style.write(wrong[number % len(wrong)])
        if completion is not None:
            yield completion


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
