"""The words after a name in its sentence: if they leave the name as the answer."""

from __future__ import annotations

import re

from . import english
from .contexts import Context, is_participle

MAX_DEPTH = 6
_OPENS = english.OPENERS | english.VERBS
# Brackets with a letter or digit right behind them are a factor of a product: `O(n^2)x`.
_FACTOR = re.compile(r"[)\]}]+\w")
_LABEL = re.compile(r"\s*(?:[^\W_]+\s+)?[^\W_]+\s*([:=])")
# The next of several statements, without its verb: `Ann has the red ball, Ben the blue one`.
_NEXT_HOLDER = re.compile(r"\s*(?:and\s)?([A-Z][a-z]{1,20})\s(?:(?:has|holds|gets)\s)?(?:the|an?)\s")
_ABBREVIATION = re.compile(r"\s*(?:e\.\s?g|i\.\s?e|viz|cf)\.?(?=[\s,])", re.IGNORECASE)
# `which is another compound`: the name belongs to something else.
_OF_ANOTHER = re.compile(
    r"\s*(?:which|that)\s(?:is|was)\s(?:another|a\sdifferent|the\swrong|not|wrong|incorrect)\b", re.IGNORECASE
)
# Words of an aside behind a dash that may name another answer.
_EXCLUDES = english.DENIALS | english.ALTERNATIVES | frozenset({"actually", "wait", "maybe", "perhaps"})
_OWN = frozenset({"its", "their", "his", "her"})
_EXPLAINING_LABELS = frozenset({"source", "symbol", "note", "hint", "reason", "field", "topic"})


def follows(right: str, context: Context, name: str, depth: int = 0) -> bool:
    """True if the words after a name in its sentence leave it as the answer: an aside, a reason, a noun of its own."""
    if _FACTOR.match(right):
        return False
    glued = right[:1] == "-" and right[1:2].isalpha()
    text = right.lstrip("\"'`*]}>) \t\n").removeprefix("()").strip()
    if not text or depth > MAX_DEPTH:
        return True
    if glued:
        return _of_kind(english.tokens(text[1:])[0], context)
    first = text[0]
    if first in "(<":
        inner, closed, after = text[1:].partition({"(": ")", "<": ">"}[first])
        return (first == "<" or _agrees(inner, context)) and (not closed or follows(after, context, name, depth + 1))
    if not english.tokens(text)[0][0].isalnum():
        return _after_mark(text, context)
    return _after_word(text, context, name, depth)


def _after_mark(text: str, context: Context) -> bool:
    first = text[0]
    if first == "?":
        return not re.match(r"\?\s*(?:no|not)\b", text, re.IGNORECASE)
    if first == "/":
        other = re.split(r"[\s,;(.]", text[1:].strip(), maxsplit=1)[0]
        return context.accepts(other) or context.soft(other.lower())
    if first in ",;:-|":
        return _is_aside(text[1:], first, context)
    return first not in "+*^"


def _after_word(text: str, context: Context, name: str, depth: int) -> bool:
    words = english.tokens(text)
    word, further = words[0], words[1:]
    if word in english.ALTERNATIVES:
        return _other_is_same(text[len(word) :], context)
    if word == "and":
        return _goes_on(further, context)
    if word == "per":
        noun = further[0] if further else ""
        place = text.lower().find(noun) + len(noun)
        return noun in context.question.posed and follows(text[place:], context, name, depth + 1)
    if word in _OPENS or is_participle(word) or word in english.REASONS:
        ranges = word in {"to", "through", "until", "till"} and further[:1] != [] and further[0].isdigit()
        clause = further[: next((place for place, each in enumerate(further) if each in ",;:"), len(further))]
        parts = (
            word != "of"
            or further[:1] == ["them"]
            or all(context.soft(each) or not each[0].isalnum() for each in clause)
        )
        return parts and not ranges
    if context.soft(word) or (name[-1:].isdigit() and _unit(text)):
        place = text.lower().find(word) + len(word)
        return follows(text[place:], context, name, depth + 1)
    return not word.isascii() or (word in english.COUNTRIES and name[:1].isupper())


def _goes_on(words: list[str], context: Context) -> bool:
    """True if `and` continues the sentence, or the name itself (`Marie Curie and Pierre Curie`)."""
    named = [each for each in words if each[0].isalnum()]
    opens = _OPENS | english.DENIALS
    others = context.question.words - context.question.posed
    if len(named) > 1 and named[0] in others and named[1] in english.LINKS:
        return True  # `Hal has grey and Fay has gold`
    return bool(named) and (named[0] in opens or all(each in context.known for each in named))


def _of_kind(word: str, context: Context) -> bool:
    """True for the second part of a compound that repeats a noun: `24-dimensional` where the dimension is asked for."""
    return context.noun(word) or any(len(noun) > 3 and word.startswith(noun) for noun in context.nouns)


def _unit(text: str) -> bool:
    """True for one short word, or a unit, up to the end of the sentence."""
    return re.match(r"[^\W\d_]{1,12}(?:[/*]?[^\W\d_]{0,6}(?:\^-?\d)?)?\s*(?:$|[.,;(!])", text) is not None


def _other_is_same(text: str, context: Context) -> bool:
    other = re.split(r"[,;.(]|\s+(?:is|are|because|since|as)\s", text.strip(), maxsplit=1)[0]
    return context.accepts(other) or context.accepts(re.sub(r"^(?:the|an?|simply|just|in other words)\s+", "", other))


def _agrees(aside: str, context: Context) -> bool:
    """True for an aside in brackets that does not take the answer back and does not name an alternative."""
    words = english.tokens(aside)
    if not words:
        return True
    if words[0] in english.ALTERNATIVES | {"and", "possibly", "maybe", "perhaps"}:
        return _other_is_same(aside.strip()[len(words[0]) :], context)
    return not re.match(r"\s*(?:not (?:sure|right|correct)|wrong|incorrect|false|no\b)", aside, re.IGNORECASE)


def _is_aside(text: str, mark: str, context: Context) -> bool:
    """True if what follows a comma, colon or dash explains the answer, False if it names another one."""
    if _ABBREVIATION.match(text) or _OF_ANOTHER.match(text):
        return not _OF_ANOTHER.match(text)
    words = english.tokens(text)
    first = words[0] if words else ""
    if first in english.ALTERNATIVES:
        return _other_is_same(text.strip()[len(first) :], context)
    holder = _NEXT_HOLDER.match(text)
    chunk = re.split(r"[,;:.!?(]", text, maxsplit=1)[0]
    if holder and holder[1].lower() in context.question.words - context.question.posed:
        return True
    return _elaborates(words, english.tokens(chunk), mark) or _is_addition(text, chunk, mark, context)


def _elaborates(words: list[str], inside: list[str], mark: str) -> bool:
    """True for a dash or a colon with a clause or several words behind it that name no alternative."""
    if mark == "-" and english.VERBS.intersection(words) and not _EXCLUDES.intersection(words):
        return True
    several = len(inside) > {"-": 2, ":": 3}.get(mark, len(inside))
    return several and not _EXCLUDES.intersection(inside)


def _is_addition(text: str, chunk: str, mark: str, context: Context) -> bool:
    """True for a label or a remark behind a name, False for another thing."""
    words, inside = english.tokens(text), english.tokens(chunk)
    first = words[0] if words else ""
    if first and first not in english.OPENERS:
        label = _LABEL.match(text)
        if label and (mark != ":" or label[1] == "="):
            return first not in context.question.posed or mark == ":" or _explains(first, label[1], context)
        if "or" in inside:
            return False
    if first == "and":
        return len(words) > 1 and (words[1] in _OPENS or words[1] in _OWN)
    return not first or _is_remark(chunk, inside, context)


def _explains(label: str, sign: str, context: Context) -> bool:
    """True for the label of an explanation: `source:`, `V = IR`; False for that of another value."""
    return label in _EXPLAINING_LABELS or (sign == "=" and len(label) == 1 and not context.noun(label))


def _is_remark(chunk: str, inside: list[str], context: Context) -> bool:
    """True for words that add to an answer: a clause, another right name, a country, words of the question."""
    first = inside[0] if inside else ""
    if not first or first in english.OPENERS or first in english.FILLERS or is_participle(first):
        return True
    if context.accepts(chunk) or any(word in english.COUNTRIES or context.noun(word) for word in inside):
        return True
    return len(inside) > 3 and "and" not in inside and any(word in english.OPENERS for word in inside)
