"""Reading of lists: sequences, sets and multisets.

The elements may stand on one line or one per line, in brackets, with bullets, with labels (`A: 3, B: 3`), in a
sentence, or run together where the alphabet allows it (`TAAT`). Introductions, asides and closing remarks are left
out. A list that stays open (`2, 3, ...`) is not an answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.closings import sentences_of
from skillprobe_core.benchmark.judging.last_block import last_block
from skillprobe_core.benchmark.judging.question import Question, question_of
from skillprobe_core.benchmark.judging.statements import DIRECT, Statement

from .folding import plain_text
from .list_elements import elements_of
from .list_notation import written_out
from .list_parts import is_remark, mentions_answer
from .list_regions import explained, last_sentences, regions_of
from .list_runs import CASED, is_revised, last_run, named_once
from .list_shape import Elements, Shape, shape_of
from .list_states import last_state, named_values
from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading

_ORDER = re.compile(
    r"\b(top|bottom|first|last|front|back|left|right)\s(?:to|->)\s(?:the\s)?(top|bottom|first|last|front|back|left|right)\b"
)
_END_FIRST = re.compile(r"\b(top|bottom)\s(first|last)\b")
_OPPOSITE = {"top": "bottom", "bottom": "top"}
_ENDS = {"front": "first", "back": "last"}
# `box: ring, coin` or `The box -> ring`.
_PLACE_LINE = re.compile(r"\W{0,6}(?:in\s)?(?:the\s)?(\w{2,20})\W{0,3}?\s?(?::|->)\s", re.IGNORECASE)
_PLACE_SUBJECT = re.compile(r"\W*(?:so\s|then\s)?the\s(\w{2,20})\s(?:now\s)?(?:has|holds|contains)\b", re.IGNORECASE)
_PLACE_ASKED = re.compile(r"\b(?:in|into|to|from) the (\w{2,20})")
# `so no sum is possible`.
_NO_SUCH = re.compile(
    r"\b(?:so|hence|thus|therefore),?\s(?:(?:there|we|it)(?:'s|\s\w+)\s)?(?:none|nothing|no)\b(?!\s(?:more|others?|further|else))"
    r"[^,;:.\d]*\W*$",
    re.IGNORECASE,
)
# A list of numbers in square brackets.
_SQUARES = re.compile(r"\[[^\[\]\n]{1,400},[^\[\]\n]{1,400}\]")
# An explanation behind a list: `GGA: two guanines, since ...`.
_EXPLAINED = re.compile(r"(?<=\w{2}):\s(?=\w+\s\w)|,\s(?:since|because|as|where|which|so)\s")
_WORD = re.compile(r"[A-Za-z]{1,40}")
# Letters without case stand for capitals.
_CAPITALS = {ord("A") + place: CASED + place for place in range(26)}


def read(statement: Statement, key: AnswerKey) -> Reading:
    """Compare the elements of a statement with the key's: in order, as a set, or with their counts."""
    question = question_of(key.question)
    text = written_out(statement, key, question)
    if statement.stated:
        return _of_regions(regions_of(text, statement), key, question, stated=True)
    text = _SQUARES.sub(lambda given: " " if given[0].casefold() in question.folded else given[0], text)
    if statement.rule == DIRECT:
        reading = _of_regions([explained(text, question)], key, question, stated=False)
        return reading if reading.right else NOTHING
    return _unmarked(text, statement, key, question)


def _unmarked(text: str, statement: Statement, key: AnswerKey, question: Question) -> Reading:
    """The reading of a statement without a mark: what its last sentences leave, however it is laid out."""
    shape = shape_of(key.answer, key.answer_type, question)
    if not shape.ordered and (is_revised(*_shape_with_case(text, key, question)) or _is_of_other_place(text, question)):
        return Reading(False, text[-MAX_ANSWER_CHARACTERS:].strip(), True)
    text, statement = _without_remarks(text, statement, shape)
    if shape.answer and _NO_SUCH.search(text):
        return Reading(False, text[-MAX_ANSWER_CHARACTERS:].strip(), True)
    body = written_out(statement._replace(text=statement.body), key, question)
    if _names_all(text, body, key, shape):
        return Reading(True, text.strip()[:MAX_ANSWER_CHARACTERS], True)
    if shape.ordered and (state := last_state(body, shape)):
        return _of_regions([state], key, question, stated=False)
    of_place = ""
    if not shape.ordered:
        text, of_place = _of_asked_place(text, question, whole=statement.rule == "text")
    concluded = _concluded(last_sentences(text, statement), key, question)
    return _of_regions([of_place, *concluded, *regions_of(text, statement)], key, question, stated=False)


def _names_all(text: str, body: str, key: AnswerKey, shape: Shape) -> bool:
    """True if a text names each element once, or gives each label of the question its value; so may its body."""
    if shape.ordered:
        return len(shape.answer) > 1 and named_values(text, shape) == list(shape.answer)
    return any(named_once(*_shape_with_case(each, key, shape.question)) for each in (text, body) if each)


def _shape_with_case(text: str, key: AnswerKey, question: Question) -> tuple[str, Shape]:
    """The text and the shape of the answer, with their case where it tells elements apart."""
    answer, text = _with_case(key.answer, text)
    return text, shape_of(answer, key.answer_type, question)


def _of_regions(regions: Sequence[str], key: AnswerKey, question: Question, *, stated: bool) -> Reading:
    """The reading of the first region that holds a list."""
    for region in regions:
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
        if stated or any(well_formed for _, well_formed in readings):
            return Reading(False, shown, any(well_formed for _, well_formed in readings))
    return NOTHING


def _without_remarks(text: str, statement: Statement, shape: Shape) -> tuple[str, Statement]:
    """The text without the remarks at its end; empty if it is nothing else.

    If a complete text loses lines, what stays is its last line.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("```")]
    count = len(lines)
    while lines:
        *before, last = sentences_of(lines[-1]) or [""]
        lead, _, clause = last.rpartition("; ")
        if lead and is_remark(clause, shape) and mentions_answer(lead, shape):
            lines[-1] = " ".join([*before, lead])
        elif is_remark(last, shape):
            lines[-1:] = [" ".join(before)] if before else []
        else:
            break
    if statement.rule == "text" and 0 < len(lines) < count:
        text = last_block(lines)
        return text, statement._replace(text=text, rule="last_line")
    return "\n".join(lines), statement


def _is_of_other_place(text: str, question: Question) -> bool:
    """True for a line about a place of the question for which it does not ask: `The jar holds the coin.`"""
    place = _PLACE_SUBJECT.match(text)
    known = set(_PLACE_ASKED.findall(question.folded)) if place else set()
    return (
        place is not None
        and place[1].lower() in known - question.posed
        and not known & question.posed & set(text.lower().split())
    )


def _of_asked_place(text: str, question: Question, *, whole: bool) -> tuple[str, str]:
    """The text, and in it the things of the place that the question asks about where it lists several places.

    A last line about another place is dropped unless it is the complete text.
    """
    if ":" not in text and "->" not in text:
        return text, ""
    lines = [line for line in text.splitlines() if line.strip()]
    found = [(match[1].lower(), line[match.end() :]) for line in lines if (match := _PLACE_LINE.match(line))]
    known = set(_PLACE_ASKED.findall(question.folded)) if found else set()
    others = [things for place, things in found if place in known - question.posed]
    asked = [things for place, things in found if place in known & question.posed]
    if not others:
        return text, ""
    if len(asked) == 1:
        return text, asked[0]
    return "" if not whole and lines[-1].endswith(others[-1]) else text, ""


def _concluded(sentences: list[str], key: AnswerKey, question: Question) -> list[str]:
    """The last sentence with as many elements as the answer; of an unordered list only the last one, if it is right."""
    for sentence in sentences if key.answer_type is AnswerType.SEQUENCE else sentences[:1]:
        for text in key.texts:
            right, mine = _with_case(text, sentence)
            shape = shape_of(right, key.answer_type, question)
            found = elements_of(mine, shape) or []
            run = (last_run(mine, shape) if shape.ordered and len(found) != len(shape.answer) else None) or found
            if len(run) == len(shape.answer) > 1 and key.answer_type is AnswerType.SEQUENCE:
                return [sentence]
            if found and agree(key.answer_type, list(shape.answer), found):
                return [sentence]
    return []


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
    if found is not None and shape.ordered and _turned(region, shape.question):
        found = found[::-1]
    if found is not None and agree(answer_type, list(shape.answer), found):
        return True, True
    last = (sentences_of(region) or [""])[-1]
    run = last_run(last, shape)
    if run is None and shape.together and (why := _EXPLAINED.search(last)):
        run = last_run(last[: why.start()], shape)
    if run is not None and shape.ordered and _turned(region, shape.question):
        run = run[::-1]
    if run is not None and agree(answer_type, list(shape.answer), run):
        return True, True
    if any(isinstance(each, Fraction) and abs(each) >= 1000 for each in shape.answer):
        merged = elements_of(plain_text(region), shape)
        if merged is not None and agree(answer_type, list(shape.answer), merged):
            return True, True
    if found is None:
        return False, False
    return False, not found or not shape.numeric or any(isinstance(each, Fraction) for each in found)


def _turned(region: str, question: Question) -> bool:
    """True if a region names the opposite of the order that the question asks for: `top to bottom`."""
    asked, given = (_orders(text) for text in (question.folded, region.casefold()))
    return bool(given) and not given & asked and all(order[::-1] in asked for order in given)


def _orders(text: str) -> set[tuple[str, str]]:
    """The orders that a text names, each as its two ends: `bottom to top`, `top last`."""
    found = {(_ENDS.get(one, one), _ENDS.get(other, other)) for one, other in _ORDER.findall(text)}
    for end, place in _END_FIRST.findall(text):
        pair = (end, _OPPOSITE[end])
        found.add(pair if place == "first" else pair[::-1])
    return found


def agree(answer_type: AnswerType, expected: Elements, found: Elements) -> bool:
    """True for the same elements: in order, each once, or with their counts."""
    if answer_type is AnswerType.SEQUENCE:
        return expected == found
    if answer_type is AnswerType.SET:
        return len(found) == len(set(found)) and set(expected) == set(found)
    return Counter(expected) == Counter(found)
