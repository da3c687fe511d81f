"""Reading of lists: sequences, sets and multisets.

The elements may stand on one line or one per line, in brackets, with bullets, with labels (`A: 3, B: 3`), in a
sentence, or run together where the alphabet allows it (`TAAT`). Introductions, asides and closing remarks are left
out. A list that stays open (`2, 3, ...`) is not an answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.question import Question, question_of
from skillprobe_core.benchmark.judging.statements import DIRECT, Statement
from skillprobe_core.benchmark.judging.worded_numbers import value_of_words

from . import english
from .contexts import Context, sentences
from .direct import repeats
from .folding import Squeezed, occurrences, plain_text, squeezed
from .following import follows
from .names import context_of
from .preceding import leads
from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading

MAX_PARTS = 2000
MAX_LAST_WORDS = 60
MAX_ELEMENT_WORDS = 5
MAX_BRACKETS = 24
MAX_FACTORS = 64

_NONE = re.compile(
    r"(?:(?:so|thus|therefore|hence|then|here|the answer is|answer:?)[,\s]+)*"
    r"(?:(?:there|it|they|the \w+(?: \w+)?|\w+)\s+(?:is|are|was|were|holds?|contains?|has|have)\s+(?:now\s+|left\s+)?)?"
    r"(?:none|nothing|empty|no|not any|zero|an empty \w+|the empty \w+)\b(?!\s+doubt)[^,;:\d]{0,120}|\u2205\W*",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\.{3,}|\betc\b|\band so (?:on|forth)\b|\bet cetera\b|\band (?:many )?more\b", re.IGNORECASE)
_BULLET = re.compile(r"\s{0,12}(?:[-*\u2022+]|\(?\d{1,3}[.)]|\(?[a-z][)])\s+(?=\S)")
# A list of one line: `- 16`, `1. 16`, `1. Monday`, but not `1. That is the level.`
_LONE_BULLET = re.compile(r"^(?:[-*\u2022]\s+|1[.)]\s+(?=[-+]?\d|[^\W\d_](?:[^\s.]|\s(?!\S+\s\S)){0,40}$))")
_ENUMERATED = re.compile(r"(?:^|(?<=[\s,;]))\(?\d{1,2}[.)]\s+(?=[^\W\d_])")
_EXPLAINED = re.compile(r"(\*{0,2}[^\W\d][^\n:.,;]{0,30})(?::|\s-)\*{0,2}\s(?=\S+\s\S+\s\S)")
_POWERS = re.compile(
    r"(?<![\w^.*/+-])\d{1,9}(?:\^\{?\d{1,2}\}?)?(?:\s?\*\s?\d{1,9}(?:\^\{?\d{1,2}\}?)?){0,30}(?![\w^.*/+-]*[\w^*/+-])"
)
_MULTIPLICITY = re.compile(
    r"(?<![\w.])(-?\d{1,9}(?:/\d{1,9})?),?\s\(?(?:counted\s)?(?:with|of)\s(?:a\s)?multiplicity\s(?:of\s)?([1-9]|one|two|three)\b\)?",
    re.IGNORECASE,
)
_TIMES = {**{str(number): number for number in range(1, 10)}, "one": 1, "two": 2, "three": 3}
_OFTEN = {"once": 1, "twice": 2, "thrice": 3}
_SAID_OFTEN = re.compile(
    r"(?<![\w.])(?P<element>-?\w{1,20}),?\s\(?(?P<count>once|twice|thrice|(?:[1-9]|two|three)\stimes)\b\)?",
    re.IGNORECASE,
)
_COUNT_BEHIND = re.compile(r"(?<![\w.])(?P<element>[A-Za-z]{1,20})\s?[:=*]\s?(?P<count>[1-9])(?![\w.])")
_COUNT_BEFORE = re.compile(
    r"(?<![\w.])(?P<count>[1-9]|one|two|three)\s(?P<element>[A-Za-z]{1,20}?)(?:'?s)?(?![\w'])", re.IGNORECASE
)
_BOTH_SIGNS = re.compile(
    r"(^|[=:{(,]\s?|\b(?:is|are)\s)(?:\u00b1|\+/-|pm)\s?"
    r"(\d{1,9}(?:\.\d{1,9})?(?:/\d{1,9})?)(?![\w.^*/])"
)
_ASCENDING = re.compile(r"\s*<\s*")
_DESCENDING = re.compile(r"\s*>\s*")
_FOREIGN_AND = re.compile(r"(?<=\d)\s(?:et|y|und|e)\s(?=\d)")
_PAIR = re.compile(r"\(\s*([\w']{1,20}(?:\s*,\s*[\w']{1,20})+)\s*\)")
_SEPARATOR = re.compile(
    r"\s*(?:[,;\n|]|->|=>)\s*(?:(?:and\s+then|and|then|followed\s+by|finally|lastly|plus)\b\s*)?"
    r"|\s+(?:and\s+then|and|then|followed\s+by|plus)\s+|\s*\u4ee5\u53ca\s*|\s*\u548c\s*"
)
_OR = re.compile(r"\s*,?\s+or\s+")
_LABELLED = re.compile(r"(?<=[\w)])\s+(?=[A-Za-z]\w{0,12}\s*[=:]\s*\S)")
_LINK = re.compile(
    r":\s|:$|:(?=\d)|=|\u2248|(?<![\w'])(?:is|are|was|were|holds?|contains?|has|have|gives?|becomes?|reads?|equals?|remains?|includes?|"
    r"be|leaves|get|gets|obtain|keeps?|come on|meet on|at|on|sont|sind|son|sao|sono)(?![\w'-])",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"(?:which|that|these|those|where|"
    r"because|since|as|so|in (?:that|this|the|order|increasing|alphabetical)|respectively|"
    r"with|for|"
    r"when|making|giving|i\.e|all|both|from|by|after|who|if|they|it|he|she|we|there|each|given|listed|sorted|ordered|"
    r"separated|reading|bottom|left|first to|top|front to)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r",?\s+(?:because|since|which|as|where|whereas|while)\s"
    r"|\s-\s+(?=(?:that|this|these|those|they|i|it|as|because|so|which|my|the|in|all|from|no|done|we)\b)",
    re.IGNORECASE,
)
_DROPPED = re.compile(
    r"(?:(?:and\s+)?(?:nothing|none|no|nobody|no one)\s+(?:else|more|others?)|that(?:'s| is) (?:all|it)|"
    r"only|respectively|in order|"
    r"in (?:that|this) order|first to last|last to first|top last|top first|bottom first|bottom to top|left to right|"
    r"front to back|no others?)\W*",
    re.IGNORECASE,
)
_JOINER = re.compile(r"(?<=\w)\s*([-+])\s*(?=\w)")
# A share or count after a name: `MV: 50 %`, `MV 1/2`.
_SHARE = re.compile(r"(?<=[\w)])(?:\s{0,3}:\s{0,3}|\s{1,3})(?:\d{1,4}(?:\.\d{1,4}|/\d{1,4})?)\s?(?:%|percent)?$")
_ORDINALS = dict(
    zip(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"],
        range(1, 11),
        strict=True,
    )
)
_ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|\d{1,2}(?:st|nd|rd|th))\b", re.I
)
_NUMBER = re.compile(r"[-+]?(?:\d++(?:\.\d++)?|\.\d++)(?:/[1-9]\d*+)?")
_ASIDE = re.compile(r"\s*\(([^()]{0,400})\)")
_ENDS = " \t\r\n.,;:!?\"'`*"
_STRAND = re.compile(r"^5'?\s*-?\s*|\s*-?\s*3'?$")
_WORD = re.compile(r"[A-Za-z]{1,40}")
# Letters without case stand for capitals.
_CAPITALS = {ord("A") + place: 0x1401 + place for place in range(26)}

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


def read(statement: Statement, key: AnswerKey) -> Reading:
    """Compare the elements of a statement with the key's: in order, as a set, or with their counts."""
    question = question_of(key.question)
    text = plain_text(statement.text[: 2 * MAX_ANSWER_CHARACTERS], thousands=False)
    if key.answer_type is AnswerType.MULTISET:
        text = _counts_written_out(_repeated(text, question), key.answer, "" if statement.stated else question.folded)
    if key.answer_type is not AnswerType.SEQUENCE:
        text = _BOTH_SIGNS.sub(r"\1\2, -\2", text)
    if statement.rule == DIRECT:
        text = _explained(text, question)
    for region in _regions(text, statement):
        shown = region.strip().strip("*`").strip()[:MAX_ANSWER_CHARACTERS]
        if not shown:
            continue
        if len(region) > MAX_ANSWER_CHARACTERS:
            return Reading(False, shown, False)
        readings = [
            _reading(mine, shape_of(right, key.answer_type, question), key.answer_type)
            for right, mine in (_with_case(text, region) for text in key.texts)
        ]
        if any(right for right, _ in readings):
            return Reading(True, shown, True)
        if statement.rule == DIRECT:
            return NOTHING
        if statement.stated or any(well_formed for _, well_formed in readings):
            return Reading(False, shown, any(well_formed for _, well_formed in readings))
    return NOTHING


def _repeated(text: str, question: Question) -> str:
    """The text with numbers written as often as they count: `2^2 * 3` for prime factors, `4 with multiplicity 2`."""
    if "multiplicity" in text:
        text = _MULTIPLICITY.sub(lambda found: ", ".join([found[1]] * _TIMES[found[2].lower()]), text)
    return (
        _POWERS.sub(_factors, text) if {"prime", "factors"} <= question.words and ("^" in text or "*" in text) else text
    )


def _counts_written_out(text: str, answer: str, question: str) -> str:
    """The text with elements of the answer written as often as it says: `A twice`, `A: 2`, `2 A's`.

    Numbers next to numbers are left alone, except for `5 twice`, and so is a count that the question gives itself.
    """
    elements = {element.strip().casefold() for element in answer.split(",")}

    def written(found: re.Match[str]) -> str:
        element, count = found["element"], found["count"].lower()
        times = _OFTEN.get(count) or _TIMES.get(count.split()[0], 0)
        counts = element.casefold() in elements and times and found[0].casefold() not in question
        return ", ".join([element] * times) if counts else found[0]

    text = _SAID_OFTEN.sub(written, text)
    if any(character.isdigit() for character in answer):
        return text
    return _COUNT_BEFORE.sub(written, _COUNT_BEHIND.sub(written, text))


def _factors(product: re.Match[str]) -> str:
    """The factors of a product, each as often as its exponent says."""
    powers = [power.partition("^") for power in re.split(r"\s*\*\s*", product[0])]
    times = [int(exponent.strip("{} ") or 1) for _, _, exponent in powers]
    if sum(times) > MAX_FACTORS:
        return product[0]
    return ", ".join(", ".join([base] * count) for (base, _, _), count in zip(powers, times, strict=True) if count)


def _explained(text: str, question: Question) -> str:
    """The names of a list whose entries are followed by explanations: `1. Red: the colour of ... 2. Blue: ...`.

    The line before it ends with a colon and repeats the question's content words; a paragraph follows it. Empty if
    there is no such list, or more than one.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    heads = [number for number, line in enumerate(lines) if line.endswith(":") and repeats(line, question)]
    if len(heads) != 1:
        return ""
    rest = lines[heads[0] + 1 :]
    count = next((number for number, line in enumerate(rest) if not _BULLET.match(line)), 0)
    entries = [_EXPLAINED.match(_BULLET.sub("", line, count=1)) for line in rest[:count]]
    names = [entry[1].strip("* ") for entry in entries if entry]
    if count < 2 or len(names) < count or any(_BULLET.match(line) for line in rest[count:]):
        return ""
    return "" if any(name.lower() in question.words for name in names) else ", ".join(names)


def _with_case(answer: str, region: str) -> tuple[str, str]:
    """Answer and region, their elements with capitals that no folding changes if only case tells the elements apart.

    The genotypes `AA` and `Aa` are different elements; `Oslo` and `oslo` are not.
    """
    elements = {element.strip() for element in answer.split(",")}
    if len({element.casefold() for element in elements}) == len(elements):
        return answer, region
    folded = {word.casefold() for word in _WORD.findall(answer)}

    def kept(word: re.Match[str]) -> str:
        return word[0].translate(_CAPITALS) if word[0].casefold() in folded else word[0]

    return _WORD.sub(kept, answer), _WORD.sub(kept, region)


def _reading(region: str, shape: Shape, answer_type: AnswerType) -> tuple[bool, bool]:
    """If a region states the shape's list, and if it is a list at all."""
    found = elements_of(region, shape)
    if found is not None and agree(answer_type, list(shape.answer), found):
        return True, True
    if any(isinstance(each, Fraction) and abs(each) >= 1000 for each in shape.answer):
        merged = elements_of(plain_text(region), shape)
        if merged is not None and agree(answer_type, list(shape.answer), merged):
            return True, True
    if found is None:
        return False, False
    return False, not found or not shape.numeric or any(isinstance(each, Fraction) for each in found)


def agree(answer_type: AnswerType, expected: Elements, found: Elements) -> bool:
    """True for the same elements: in order, each once, or with their counts."""
    if answer_type is AnswerType.SEQUENCE:
        return expected == found
    if answer_type is AnswerType.SET:
        return len(found) == len(set(found)) and set(expected) == set(found)
    return Counter(expected) == Counter(found)


@lru_cache(maxsize=4096)
def shape_of(answer: str, answer_type: AnswerType, question: Question) -> Shape:
    """The shape of a right answer; its elements are separated by commas or other signs of a list."""
    text = plain_text(answer, thousands=False).strip(_ENDS)
    parts = [] if _NONE.fullmatch(text) or not text.strip("[](){} ") else _split(_unwrapped(text))
    whole = tuple(part.strip(_ENDS) for part in parts)
    elements = tuple(_element(part) for part in whole)
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


def _unwrapped(text: str) -> str:
    text = text.strip(_ENDS)
    while len(text) > 1 and {"(": ")", "[": "]", "{": "}"}.get(text[0]) == text[-1]:
        text = text[1:-1].strip(_ENDS)
    return text


def _split(text: str) -> list[str]:
    return [part for part in _SEPARATOR.split(text, maxsplit=MAX_PARTS) if part.strip()]


def _element(text: str) -> Element:
    """An element for comparison: a number's value, else its letters, digits and signs; `1 + 3` is `1+3`."""
    text = _JOINER.sub(r"\1", text.strip(_ENDS) if not text.strip().startswith(".") else text.strip())
    if text[:1].isdigit() or text[:1] in "+-.":
        try:
            if len(text) <= notation.MAX_NUMBER_CHARACTERS and _NUMBER.fullmatch(text):
                return notation.fraction(text)
        except ValueError:
            return text
    if re.search(r"\w[-+]\w", text):
        return re.sub(r"\s+", " ", text.lower())
    return squeezed(re.sub(r"^(?:the|an|a)\s+(?=\S)", "", text, flags=re.IGNORECASE)).characters


def _regions(text: str, statement: Statement) -> list[str]:
    """The parts of a statement that may be its list, the most trusted first."""
    if statement.stated:
        return [_listing(text)]
    squares = re.findall(r"\[([^\[\]]{0,4000})\]", text)
    if statement.rule == "text":
        return [f"[{squares[-1]}]"] if squares else _last_bullets(text)
    if "\n" in text.strip():
        return [_listing(text)]
    if _BULLET.match(text) or len(text.split(maxsplit=MAX_LAST_WORDS)) > MAX_LAST_WORDS:
        return []
    return [f"[{squares[-1]}]" if squares and "," in squares[-1] else text]


def _last_bullets(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    found: list[str] = []
    for line in reversed(lines):
        bullet = _BULLET.match(line)
        if not bullet:
            break
        found.append(line[bullet.end() :].strip())
    return [", ".join(reversed(found))] if found else []


def _listing(text: str) -> str:
    """The lines of a statement that are its list, with commas between them: bullets, one per line, broken lines."""
    lines = text.strip("\n").splitlines()
    while lines and not lines[0].strip(" \t*_`$\\[](){}"):
        lines = lines[1:] if lines[0].strip() not in {"[", "{", "("} else [lines[0].strip() + " ".join(lines[1:])]
    if not lines:
        return text
    start = 1 if len(lines) > 1 and lines[0].rstrip(" *").endswith(":") and not _BULLET.match(lines[0]) else 0
    head = [lines[0].strip()] if start else []
    rest = lines[start:]
    while start and rest and not rest[0].strip():
        rest = rest[1:]
    if not rest:
        return head[0] if head else ""
    if _BULLET.match(rest[0]) and (len(rest) > 1 or start):
        found = []
        for line in rest:
            bullet = _BULLET.match(line)
            if not bullet:
                break
            found.append(line[bullet.end() :].strip().rstrip(",;"))
        if len(found) > 1 or start:
            return " ".join([*head, ", ".join(found)])
    found = [_LONE_BULLET.sub("", rest[0].strip())]
    for line in rest[1:]:
        value = line.strip()
        open_line = found[-1].endswith((",", ";", " and", "->"))
        if not value or not (open_line or (_is_one_value(value) and _is_one_value(found[-1]))):
            break
        found.append(value)
    return " ".join([*head, ", ".join(part.rstrip(",;") for part in found)])


def _is_one_value(line: str) -> bool:
    """True for a line that is one element, short or without spaces, perhaps with a label: `16`, `b = 6`, `Ash-Bay`."""
    words = len(line.split())
    return (
        (len(line) <= 40 or words == 1)
        and words <= 3
        and not line.endswith((".", ":", "!", "?"))
        and bool(re.search(r"\w", line))
    )


def elements_of(region: str, shape: Shape) -> Elements | None:
    """The elements that a region states; None if it is not a list."""
    rest = region.strip()
    if len(_ENUMERATED.findall(rest)) > 1 and not shape.numeric:
        rest = _ENUMERATED.sub(", ", rest)
    for _ in range(4):
        spans = sentences(rest)
        for number, (start, end) in enumerate(spans):
            after = rest[end:]
            if english.CORRECTION.match(after) and number + 1 < len(spans):
                rest = after
                break
            found = _of_sentence(rest[start:end].strip(), shape)
            if found is not None:
                return found
        else:
            return None
    return None


def _of_sentence(text: str, shape: Shape) -> Elements | None:
    if _OPEN.search(text):
        return ["..."]
    text = text.strip(_ENDS)
    form = _element(text)
    if not text or english.TO_BE_WRONG.match(text):
        return None
    if form in shape.answer and len(shape.answer) == 1:
        return [form]
    if (_NONE.fullmatch(text) and form not in shape.forms) or not text.strip("[](){} "):
        return []
    if shape.joined:
        text = re.sub(r"\s*->\s*", "-", text)
        text = _PAIR.sub(lambda pair: re.sub(r"\s*,\s*", "-", pair[1]), text)
    text = _without_brackets(text, shape)
    text = _FOREIGN_AND.sub(", ", text)
    if shape.ordered:
        text = _in_a_chain(text, len(shape.answer))
    reason = _REASON.search(text)
    if reason and _has_element(text[: reason.start()], shape):
        text = text[: reason.start()]
    if shape.together and not shape.ordered:
        # The question's own word is not a list of its letters.
        frames = [
            frame for frame in _without_frame(text, shape) if frame.strip(_ENDS).lower() not in shape.question.words
        ]
        return next((found for found in (_of_parts(frame, shape) for frame in frames) if found is not None), None)
    candidates = (_of_parts(candidate, shape) for candidate in _without_frame(text, shape))
    return next((found for found in candidates if found is not None), None)


def _in_a_chain(text: str, count: int) -> str:
    """A chain of at least three elements with one sign of order, with commas: `2 < 3 < 5`."""
    for sign, other in ((_ASCENDING, ">"), (_DESCENDING, "<")):
        if count > 2 and other not in text and text.count("=") == 0 and len(sign.findall(text)) == count - 1:
            return sign.sub(", ", text)
    return text


def _has_element(text: str, shape: Shape) -> bool:
    if shape.numeric:
        return any(character.isdigit() for character in text)
    within = squeezed(text)
    return any(True for _, sought in shape.sought for _ in occurrences(sought, text, within))


def _without_brackets(text: str, shape: Shape) -> str:
    """The content of the brackets that hold the list; else the text without its asides in brackets."""
    opened = re.search(r"[\[{(]", text)
    for _ in range(MAX_BRACKETS):
        if not opened:
            break
        close = text.find({"[": "]", "{": "}", "(": ")"}[opened[0]], opened.end())
        if close < 0:
            break
        inner, before, after = text[opened.end() : close], text[: opened.start()], text[close + 1 :]
        if not _has_element(_after_equals(before), shape) and (
            _has_element(inner, shape) or (_SEPARATOR.search(inner) and not _has_element(after, shape))
        ):
            tail = after.strip(_ENDS)
            if not re.match(r"\s*(?:[,;]|and\b|or\b|->|[\[{(]\s*\d)", after) or not _has_element(after, shape):
                return f": {_unwrapped(inner)}" if not tail or not english.TO_BE_WRONG.match(after) else ""
            break
        if re.match(r"\s*(?:and|or|plus|also)\b", inner, re.IGNORECASE):
            break
        text = f"{before.rstrip()} {after.lstrip()}"
        opened = re.search(r"[\[{(]", text)
    return " ".join(re.sub(r"[\[\](){}]", " ", text).split())


def _after_equals(text: str) -> str:
    return text.rsplit("=", 1)[-1] if text.rstrip().endswith("=") else text


def _without_frame(text: str, shape: Shape) -> list[str]:
    """The text without its introduction or its predicate, by the one verb or colon that it has; else itself."""
    if text.startswith(": "):
        return [text[2:]]
    links = list(_LINK.finditer(text))[:40]
    strong = [link for link in links if link[0].lower() not in {"at", "on"}]
    found = [text]
    if len(strong) == 1 or (
        strong and strong[0][0].startswith(":") and not re.search(r"[,;]", text[: strong[0].start()])
    ):
        link = strong[0]
        before, after = text[: link.start()], text[link.end() :]
        labels = sum(each[0].startswith((":", "=")) for each in strong)
        if labels < 2 and len(after.strip()) > 0:
            found = [after, text] if _has_element(after, shape) or not _has_element(before, shape) else [text]
            if _SEPARATOR.search(before) and _clean(before, shape):
                found = [] if english.TO_BE_WRONG.match(text[link.start() :]) else [before]
    elif len(strong) > 1 and not any(link[0].startswith((":", "=")) for link in strong):
        last = strong[-1]
        if not _has_element(text[: last.start()], shape):
            found = [text[last.end() :], text]
    return found


def _clean(text: str, shape: Shape) -> bool:
    """True if a text is nothing but elements."""
    parts = _split(text)
    if shape.numeric:
        return bool(parts) and all(isinstance(_element(part), Fraction) for part in parts)
    return bool(parts) and all(_element(part) in shape.forms for part in parts)


def _of_parts(text: str, shape: Shape) -> Elements | None:
    text = text.strip(_ENDS)
    if shape.numeric and not shape.ordered:
        text = _OR.sub(", ", text)
    if len(re.findall(r"\w\s*[=:]\s*\S", text)) > 1 and not re.search(r"[,;]", text):
        text = _LABELLED.sub(", ", text)
    parts = _split(text)
    if len(parts) == 1 and shape.ordered and not shape.numeric and not shape.joined:
        parts = re.split(r"\s+[->/]\s+", text)
    if len(parts) == 1:
        parts = _run_together(parts[0].strip(_ENDS), shape)
    found: Elements = []
    labels: list[str] = []
    for number, written in enumerate(parts):
        part = written.strip().strip("\"'`*").strip()
        if not part or _DROPPED.fullmatch(part):
            continue
        exact = _element(part)
        if exact in shape.answer:
            found.append(exact)
            labels.append("")
            continue
        if found and (_REMARK.match(part) or english.REASONS & set(english.tokens(part)[:1])):
            break
        if found and re.match(r"(?:not|but not|without|except|excluding)\b", part, re.IGNORECASE):
            continue
        read = (
            _numbers(part, shape)
            if shape.numeric
            else _names(part, shape, first=number == 0, last=number == len(parts) - 1)
        )
        if read is None:
            if not found and _is_introduction(part, shape):
                continue
            return None
        values, label = read
        found += values
        labels += [label] * len(values)
    if not found:
        return None
    return _in_order_of_labels(found, labels, shape) if shape.ordered else found


def _is_introduction(part: str, shape: Shape) -> bool:
    words = [word for word in english.tokens(part) if word[0].isalnum()]
    if len(words) < 2 or _has_element(part, shape) or not any(word in english.FUNCTION_WORDS for word in words):
        return False
    links = list(_LINK.finditer(part))
    if links and part[links[-1].end() :].strip(_ENDS):
        return False
    return all(word in english.FUNCTION_WORDS or shape.context.soft(word) or _is_verb(word) for word in words)


def _is_verb(word: str) -> bool:
    return word in english.VERBS or (len(word) > 4 and word.endswith(("ed", "ing")))


def _run_together(part: str, shape: Shape) -> list[str]:
    """The parts of a list without separators: `TAAT`, `T A A T`, `T-A-A-T`, `2 1 4`."""
    if len(shape.answer) < 2 or shape.blanks:
        return [part]
    return (_together(part, shape) if shape.together else None) or _by_blanks(part.split(), shape) or [part]


def _together(part: str, shape: Shape) -> list[str] | None:
    """The characters of a list written as one word, or with the same sign between all of them."""
    strand = _STRAND.sub("", part) if not shape.numeric else part
    letters = re.fullmatch(r"[^\W_]{2,}", strand)
    last = re.split(r"[\s:=]+", strand)[-1]
    if letters or (re.fullmatch(r"[^\W_]{2,}", last) and len(last) == len(shape.answer) and last.isupper()):
        return list(letters[0] if letters else last)
    if re.fullmatch(r"[^\W_](?:\s*[-./]\s*[^\W_])+", strand) and (not shape.numeric or strand.count("-") > 1):
        return re.split(r"\s*[-./]\s*", strand)
    return None


def _by_blanks(tokens: list[str], shape: Shape) -> list[str] | None:
    """The elements of a list separated by blanks alone; None if the words are something else."""
    if shape.numeric and all(_NUMBER.fullmatch(token) for token in tokens):
        return tokens
    if (not shape.numeric and not shape.joined) or all(_element(token) in shape.forms for token in tokens):
        known = [token for token in tokens if _element(token) in shape.forms]
        if len(known) == len(tokens) or (len(tokens) == len(shape.answer) and known):
            return tokens
    if len(tokens) > 1 and all(re.fullmatch(r"\w+[-+]\w+(?:[-+]\w+)*", token) for token in tokens):
        return tokens
    numbers = [token for token in tokens if _NUMBER.fullmatch(token)]
    if shape.numeric and len(numbers) > 1 and tokens[-len(numbers) :] == numbers:
        return [" ".join(tokens[: -len(numbers)] + numbers[:1]), *numbers[1:]]
    return None


def _numbers(part: str, shape: Shape) -> tuple[Elements, str] | None:
    """The number of a part, and its label; None if it has none, several, or words that change it."""
    links = list(_LINK.finditer(part))
    label, value = (part[: links[-1].start()], part[links[-1].end() :]) if links else ("", part)
    if not any(character.isdigit() for character in value) and any(character.isdigit() for character in label):
        if english.DENIALS & set(english.tokens(value)):
            return None
        label, value = value, label
    found = re.findall(r"(?<![\w.])[-+]?\s?\d++(?:\.\d++)?(?:/[1-9]\d*+)?(?![\w^]|\.\d)", value)
    words = [word for word in english.tokens(value) if word[0].isalpha()]
    if not found:
        return _spelled(value, words, label)
    if len(found) > 1 or len(found[0]) > notation.MAX_NUMBER_CHARACTERS:
        return None
    start = value.find(found[0])
    if english.HEDGE.search(part[: part.find(found[0])]) or not _plain_words(part, value, words, shape):
        return None
    before = english.tokens(value[:start])
    ordinal = next((word for word in before if word in _ORDINALS), "")
    return [notation.fraction(found[0].replace(" ", ""))], label.strip() or ordinal or " ".join(before[-2:])


def _plain_words(part: str, value: str, words: Sequence[str], shape: Shape) -> bool:
    """True if the words around a number leave it as it is: a unit, nouns of the question, no comparison or formula."""
    if set(words) & (english.DENIALS | {"or"}) or re.search("[<>\u2264\u2265]", part):
        return False
    unknown = [word for word in words if word not in english.FUNCTION_WORDS and not shape.context.soft(word)]
    formula = re.search(r"[-+*/^]\s?[^\W\d_]|[^\W\d_]\s?[*/^]", value) and not re.search(r"\w/\w", value)
    return not formula and len(unknown) <= 2 and (len(words) <= 9 or not unknown)


def _spelled(value: str, words: Sequence[str], label: str) -> tuple[Elements, str] | None:
    """A number in words, alone or with its noun."""
    for end in range(min(len(words), 6), 0, -1):
        number = value_of_words(" ".join(words[:end])) if not any("'" in word for word in words[:end]) else None
        if number is not None and len(words) - end <= 2:
            return [Fraction(number)], label.strip()
    if len(words) > 1 and (number := value_of_words(words[-1])) is not None and len(words) < 5:
        return [Fraction(number)], label.strip()
    return None


def _names(part: str, shape: Shape, *, first: bool, last: bool) -> tuple[Elements, str] | None:
    """The name of a part, and its label; another name is an element of its own."""
    plain = _SHARE.sub("", part) if not shape.joined or "%" in part else part
    labelled = _labelled_name(plain, shape)
    if labelled:
        return labelled
    within = squeezed(plain)
    matched = {
        form for form, sought in shape.sought if sought in within.characters and _asserts(plain, within, sought, shape)
    }
    longest = [form for form in matched if not any(form != other and form in other for other in matched)]
    if len(longest) == 1:
        return [longest[0]], ""
    words = [word for word in english.tokens(part) if word[0].isalnum()]
    introduces = not matched and first and not last and _is_introduction(part, shape)
    return None if len(words) > MAX_ELEMENT_WORDS or introduces else ([_element(part)], "")


def _labelled_name(plain: str, shape: Shape) -> tuple[Elements, str] | None:
    """A name of the answer, alone, with an ordinal or with a label: `Hal first`, `front: Hal`, `Hal is first`."""
    ordinal = _ORDINAL.search(plain)
    choices = [(plain, ordinal[0].lower() if ordinal else "")]
    choices.append((_ORDINAL.sub("", plain).strip(_ENDS), choices[0][1]))
    links = list(_LINK.finditer(plain))
    for link in {link.start(): link for link in (links[-1:] + links[:1])}.values():
        label, value = plain[: link.start()].strip(_ENDS), plain[link.end() :].strip(_ENDS)
        if not english.DENIALS & set(english.tokens(value)):
            choices += [(value, label), (label, value)]
    return next((([_element(name)], label) for name, label in choices if _element(name) in shape.forms), None)


def _asserts(plain: str, within: Squeezed, sought: str, shape: Shape) -> bool:
    """True if a part asserts a name of the answer in its words: `the pin is in the bag`."""
    for start, end in (*occurrences(sought, plain, within), *occurrences(f"{sought}s", plain, within)):
        left, name, right = plain[:start], plain[start:end], plain[end:]
        denied = re.search(r"\b(?:not|or|nor|never|without)\b|n't", left + right, re.IGNORECASE)
        if not denied and leads(left, shape.context, name) and follows(right, shape.context, name):
            return True
    return False


def _in_order_of_labels(found: Elements, labels: list[str], shape: Shape) -> Elements:
    """The elements in the order in which the question names their labels, if every one has a label of its own."""
    names = [re.sub(r"^.*?(\w+)\W*$", r"\1", label.lower().strip()) for label in labels]
    if len(found) < 2 or len(set(names)) < len(names) or not all(names):
        return found
    if all(name in _ORDINALS for name in names):
        places = [_ORDINALS[name] for name in names]
    elif not shape.question.words:
        if not all(len(name) == 1 and name.isalpha() for name in names):
            return found
        places = [ord(name) for name in names]
    else:
        asked = re.split(r"(?<=[.?!])\s+|\n", shape.question.folded.strip())
        line = next((each for each in reversed(asked) if all(_place(name, each) >= 0 for name in names)), None)
        if line is None:
            return found
        places = [_place(name, line) for name in names]
    return [element for _, element in sorted(zip(places, found, strict=True), key=lambda each: each[0])]


def _place(name: str, text: str) -> int:
    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return match.start() if match else -1
