"""The form of a list, as its right answer shows it, and its elements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.question import Question

from .contexts import Context
from .folding import plain_text, squeezed
from .names import context_of

MAX_PARTS = 2000
MAX_CACHED_CHARACTERS = 80
NONE = re.compile(
    r"(?:(?:so|thus|therefore|hence|then|here|the answer is|answer:?)[,\s]+)*"
    r"(?:(?:there|it|they|the \w+(?: \w+)?|\w+)\s+(?:is|are|was|were|holds?|contains?|has|have)\s+(?:now\s+|left\s+)?)?"
    r"(?:none|nothing|empty|no|not any|zero|an empty \w+|the empty \w+)\b(?!\s+doubt)[^,;:\d]{0,120}|\u2205\W*",
    re.IGNORECASE,
)
SEPARATOR = re.compile(
    r"\s*(?:[,;\n|]|->|=>)\s*(?:(?:then\s+comes?|and\s+then|and|then|followed\s+by|finally|lastly|plus)\b\s*){0,2}"
    r"|\s+(?:and\s+(?:then|finally|lastly)|and|then|followed\s+by|plus|as\s+well\s+as)\s+|\s*\u4ee5\u53ca\s*|\s*\u548c\s*"
)
# A list that stays open: `2, 3, ...`.
OPEN = re.compile(
    r"\.{3,}(?!\s+(?!and\b|or\b|to\b|up\b)[a-z]{2,})|\betc\b|\band so (?:on|forth)\b|\bet cetera\b"
    r"|\band (?:many )?more\b",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\w[-+]\w")
_ARTICLE = re.compile(r"^(?:the|an|a)\s+(?=\S)", re.IGNORECASE)
_JOINER = re.compile(r"(?<=\w)\s*([-+])\s*(?=\w)")
NUMBER = re.compile(r"[-+]?(?:\d++(?:\.\d++)?|\.\d++)(?:/[1-9]\d*+)?")
_ASIDE = re.compile(r"\s*\(([^()]{0,400})\)")
ENDS = " \t\r\n.,;:!?\"'`*"
Element = Fraction | str
Elements = list[Element]


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The form of a list, as its right answer shows it.

    sought: each name of the answer, and the form under which it is looked for in a text.
    numeric: all elements are numbers.
    joined: an element has parts joined by hyphens or plus signs.
    together: the list may be written without separators.
    blanks: an element has a blank.
    """

    answer: tuple[Element, ...]
    forms: frozenset[str]
    sought: tuple[tuple[str, str], ...]
    numeric: bool
    joined: bool
    together: bool
    blanks: bool
    context: Context
    question: Question
    ordered: bool


@lru_cache(maxsize=4096)
def shape_of(answer: str, answer_type: AnswerType, question: Question) -> Shape:
    """The shape of a right answer; its elements are separated by commas or other signs of a list."""
    text = plain_text(answer, thousands=False).strip(ENDS)
    parts = [] if NONE.fullmatch(text) or not text.strip("[](){} ") else parts_of(unbracketed(text))
    whole = tuple(part.strip(ENDS) for part in parts)
    elements = tuple(element_of(part) for part in whole)
    return Shape(
        answer=elements,
        forms=frozenset(each for each in elements if isinstance(each, str)),
        sought=tuple({each: squeezed(each).characters for each in elements if isinstance(each, str)}.items()),
        numeric=bool(elements) and all(isinstance(each, Fraction) for each in elements),
        joined=any(
            isinstance(each, str) and re.search(r"\w[-+]\w", part) for each, part in zip(elements, whole, strict=True)
        ),
        together=question.runs_together([part.lower() for part in whole]),
        blanks=any(" " in part for part in whole),
        context=context_of(whole, question),
        question=question,
        ordered=answer_type is AnswerType.SEQUENCE,
    )


def unbracketed(text: str) -> str:
    """The text without the brackets and marks that stand around all of it."""
    text = text.strip(ENDS)
    while len(text) > 1 and {"(": ")", "[": "]", "{": "}"}.get(text[0]) == text[-1]:
        text = text[1:-1].strip(ENDS)
    return text


def parts_of(text: str) -> list[str]:
    """The parts between commas and other separators of a list."""
    return [part for part in SEPARATOR.split(text, maxsplit=MAX_PARTS) if part.strip()]


def element_of(text: str) -> Element:
    """An element for comparison: a number's value, else its letters, digits and signs; `1 + 3` is `1+3`."""
    return _element_of(text) if len(text) <= MAX_CACHED_CHARACTERS else _element_of.__wrapped__(text)


@lru_cache(maxsize=16_384)
def _element_of(text: str) -> Element:
    text = _JOINER.sub(r"\1", text.strip(ENDS) if not text.strip().startswith(".") else text.strip())
    if text[:1].isdigit() or text[:1] in "+-.":
        try:
            if len(text) <= notation.MAX_NUMBER_CHARACTERS and NUMBER.fullmatch(text):
                return notation.fraction(text)
        except ValueError:
            return text
    if _JOINED.search(text):
        return " ".join(text.lower().split())
    return squeezed(_ARTICLE.sub("", text)).characters
