"""The decision if a text asserts one of several names: that it is the answer, and nothing else in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from skillprobe_core.benchmark.judging.question import Question

from . import english
from .contexts import Context, is_participle, sentences
from .folding import Squeezed, occurrences, squeezed
from .following import follows
from .preceding import leads

MAX_CONCLUSION = 14
MAX_FRAGMENT = 5
_EARLIER_OR_LOWER = re.compile(
    r"\s*(?:[A-Za-z]{1,20}\s)?(?:(?:was|were)\b[^.;,]{0,60}\b(until)\b|(?:is|was)\s(?:only\s)?the\s(second|third|fourth|fifth)[\s-][a-z]{2,20}est\b)",
    re.IGNORECASE,
)
# `Many people think it is X, but it is Y`.
_OTHERS_SAY = re.compile(r"\b(?:many|most|some|people)\b[^.;]{0,40}\b(?:think|believe|assume|say)\b", re.IGNORECASE)
_CONTRADICTS = re.compile(r"\bbut\b|\bhowever\b|\bothers\b", re.IGNORECASE)
# `It was X, now it is Y`, `I thought it was X, but it is Y`.
_REPLACED = re.compile(
    r"\bbut\s(?:now\s)?(?:it|that|this)(?:'s|\sis)\b|\bI\s(?:say|choose|pick)\b|\bnow\b", re.IGNORECASE
)
_EARLIER = re.compile(r"\b(?:was|were|thought|might|could|may)\b", re.IGNORECASE)
# Two guesses: `It might be X, it might be Y`.
_MIGHT = re.compile(r"\b(?:might|could|may)\sbe\b|\b(?:maybe|perhaps)\b", re.IGNORECASE)
_CONCLUDES = re.compile(r"(?:so|thus|hence|therefore|finally|in the end)\b", re.IGNORECASE)
_COUNTS = re.compile(r"(?:^|\b(?:has|have|with|are)\s)(?:\d+\s[a-z]+(?:,\s(?:and\s)?|\sand\s))+$")
_COUNTED = re.compile(r"\d+\s[a-z]+")
_CLAUSE = re.compile(r";\s|,\s(?=the\s)|\s(?:but|while)\s")
_IS = re.compile(r"\s(is|was|are|were|has)\s")
_NUMBER_SIGN = re.compile(r"(?:\b(?:no|nr)\.?|[#\u2116])\s*$", re.IGNORECASE)
_BY_ANOTHER = re.compile(r"\bby\s+(?:[A-Z]|(?:the|an?)\s(?:[A-Za-z-]{1,20}\s){0,5}[A-Z][a-z]{1,20}\s[A-Z])")
_GLUED = re.compile(r"(?<![\w.])([^\W\d_]{3,20})-?(?=\d+(?![\w.]))")

# A thing that its holder does not keep: `Ann gives the red ball to Ben`.
_GIVES = re.compile(
    r"\b(?:gives?|gave|hands?|handed|pass(?:es|ed)?|sends?|sent)\s(?:the\s|an?\s|his\s|her\s)?$", re.IGNORECASE
)
_TO_ANOTHER = re.compile(r"\s(?:[a-z]{1,20}\s)?to\s([A-Z][a-z]{1,20})\b")
# A denial that belongs to a term: `Range Not Satisfiable`.
_NEGATIVE = re.compile(r"\b(?:is|are|that|which|was)\snot\s([a-z]{4,20}(?:\s[a-z]{2,10})?)\b")
_DENIAL_IN_TERM = re.compile(r"\b([a-z]{3,20})\s(?:not|no|never|without|except|false)\s([a-z]{3,20})\b")


def asserted(forms: tuple[str, ...], text: str, context: Context) -> str | None:
    """The name, as written, that a text asserts as its answer; None if it asserts none of them.

    forms: the right texts as `name_form` gives them. text: plain text.
    """
    if any(form.isdecimal() for form in forms):
        text = _GLUED.sub(lambda glued: f"{glued[1]} " if context.noun(glued[1].lower()) else glued[0], text)
    within = squeezed(text)
    spans = sentences(text)
    for start, end in _places(forms, text, within):
        number = next((place for place, span in enumerate(spans) if span[0] <= start < span[1]), None)
        if number is None or end > spans[number][1]:
            continue
        first, last = spans[number]
        left, name, right = text[first:start], text[start:end], text[end:last]
        rest = text[last:]
        if name.isdecimal():
            left = _NUMBER_SIGN.sub("", left)
        left = _without_terms(left, context)
        if _given_away(left, right, context):
            continue
        if _COUNTED.fullmatch(name) and (counts := _COUNTS.search(left)):
            left = left[: counts.start()]  # `4 faces, 4 vertices and 6 edges`
        if english.CORRECTION.match(rest) or not leads(left, context, name) or not _alone(name, left, right, context):
            continue
        if not follows(right, context, name) and not _is_subject(left, name, right, context):
            continue
        if denied(left, right, forms) or _differs_in_time_or_rank(right, context):
            continue
        if _is_replaced(left, right, [text[begin:end].strip() for begin, end in spans[number + 1 :]], forms, context):
            continue
        if number and not _may_come_before(text[:first], text[first:last], context):
            continue
        return name
    return None


def _is_replaced(left: str, right: str, later: list[str], forms: tuple[str, ...], context: Context) -> bool:
    """True if the rest of the sentence, or a sentence that concludes, states something else in the name's place."""
    if right.lstrip().startswith("?") and later and _MIGHT.match(later[0]):
        return True
    if _MIGHT.search(left) and _MIGHT.search(right) and not _holds(right, forms):
        return True
    if _EARLIER.search(left) and _REPLACED.search(right) and not _holds(right, forms):
        return True
    if any(settles(clause, context.question) and not _holds(clause, forms) for clause in _CLAUSE.split(right)[1:]):
        return True
    for sentence in later:
        words = english.tokens(sentence)
        about = context.question.posed - english.FUNCTION_WORDS | {"it", "that", "answer"}
        short = len(words) < MAX_CONCLUSION and (about & set(words) or len(words) < MAX_FRAGMENT)
        if _CONCLUDES.match(sentence) and short:
            return not _holds(sentence, forms)
    return False


def settles(clause: str, question: Question) -> bool:
    """True for a clause that answers the question itself: `the status code is 413`."""
    subject, link, value = _IS.split(clause, maxsplit=1) if _IS.search(clause) else ("", "", "")
    words = [word for word in english.tokens(subject) if word[0].isalnum() and word not in english.FUNCTION_WORDS]
    other = set(english.tokens(value.strip(" .!"))) - english.FUNCTION_WORDS - question.posed
    return bool(link and words and other) and set(words) <= question.posed


def _holds(text: str, forms: tuple[str, ...]) -> bool:
    within = squeezed(text)
    return any(True for form in forms for _ in occurrences(form, text, within))


def _without_terms(left: str, context: Context) -> str:
    """The words before a name without the denials of the question: `Range Not Satisfiable`, `not divisible by 2`."""
    for term in _DENIAL_IN_TERM.finditer(context.question.folded):
        if not {term[1], term[2]} & english.FUNCTION_WORDS:
            left = re.sub(re.escape(term[0]), term[1], left, flags=re.IGNORECASE)
    for property_ in _NEGATIVE.finditer(context.question.folded):
        left = re.sub(rf"n't {property_[1]}|\\bnot {property_[1]}", property_[1], left, flags=re.IGNORECASE)
    return left


def _given_away(left: str, right: str, context: Context) -> bool:
    """True if the thing goes to somebody about whom the question does not ask."""
    to = _TO_ANOTHER.match(right) if _GIVES.search(left) else None
    return to is not None and to[1].lower() not in context.question.posed


def _places(forms: tuple[str, ...], text: str, within: Squeezed) -> Iterator[tuple[int, int]]:
    """The places of all forms, longest first, each with a plural `s` where it has one."""
    for form in sorted(set(filter(None, forms)), key=lambda each: (-len(each), each)):
        yield from occurrences(form, text, within)
        if len(form) > 2 and form.isalpha():
            for start, end in occurrences(f"{form}s", text, within):
                if text[start:end].islower() or text[start:end].istitle():
                    yield start, end


def _is_subject(left: str, name: str, right: str, context: Context) -> bool:
    """True for a name whose predicate repeats the question: `RFC 9114 specifies HTTP/3`."""
    words = [word for word in english.tokens(right) if word[0].isalnum()]
    content = [word for word in words if word not in english.FUNCTION_WORDS]
    before = [word for word in english.tokens(left) if word[0].isalnum()]
    if not content or not all(map(context.soft, before)) or re.search(r"[,;:(]|\b(?:and|or|not)\b|n't", right):
        return False
    unknown = [word for word in content if not context.noun(word)]
    verb = content[0].endswith("s") or is_participle(content[0]) or (name.endswith("s") and context.noun(content[0]))
    asked = [word for word in content if word in context.nouns]
    return bool(asked) and verb and (not unknown or unknown == content[:1])


def _differs_in_time_or_rank(right: str, context: Context) -> bool:
    """True for `X was the capital until 2020` and `X is the second largest` where the question asks for neither."""
    other = _EARLIER_OR_LOWER.match(right)
    return other is not None and (other[1] or other[2]).lower() not in context.question.folded


def _alone(name: str, left: str, right: str, context: Context) -> bool:
    """False for a function word as a name (`if`, `not`) in the middle of a sentence."""
    if name.lower() not in english.FUNCTION_WORDS:
        return True
    if left[-1:] in set("\"'`*(") and left[-1:]:
        return True
    after = english.tokens(right)
    ends = not after or not after[0][0].isalnum() or after[0] in english.REASONS
    before = english.tokens(left)
    starts = (
        not before or not before[-1][0].isalnum() or before[-1] in english.LINKS or before[-1] in english.CATEGORIES
    )
    starts = starts or before[-1].endswith("'s") or before[-1] in english.NAMING
    if starts and re.match(r"[\"'`*]*\s+is\s+(?:the|correct|right)\b", right):
        return True
    if before and all(word in english.ARTICLES for word in before) and after and context.noun(after[0]):
        return True
    return ends and starts


def denied(left: str, right: str, forms: tuple[str, ...]) -> bool:
    """True for `not X`, `anything but X`, `X is wrong`, and `the book by X was written by Y`."""
    other = _BY_ANOTHER.search(right) if left.rstrip().endswith(" by") else None
    if other and not _holds(right[other.start() : other.start() + 80], forms):
        return True
    if _OTHERS_SAY.search(left) and not re.search(r"\bbut\b|\bhowever\b", left) and _CONTRADICTS.search(right):
        return True
    clause = re.split(r"[,;:]\s|\s-\s|\bbut\b|\(", left.lower())[-1]
    words = set(english.tokens(clause))
    if words & english.DENIALS or any(word.endswith("n't") for word in words) or english.HEDGE.search(left):
        return True
    return bool(
        english.TO_BE_WRONG.match(right.lstrip("\"'`*)")) or re.match(r"\s*\?\s*(?:no|not)\b", right, re.IGNORECASE)
    )


def _may_come_before(earlier: str, sentence: str, context: Context) -> bool:
    """True if earlier sentences do not answer the question, or if this sentence takes them back."""
    if english.CORRECTION.match(sentence) or _CONCLUDES.match(sentence.strip()):
        return True
    for start, end in sentences(earlier):
        words = english.tokens(earlier[start:end])
        names = [word for word in words if word[0].isalnum()]
        if earlier[start:end].rstrip().endswith("?") and set(names) <= context.question.words:
            continue
        if len(names) < 3:
            opens = names and (names[0] in english.FUNCTION_WORDS | {"sure", "okay", "ok", "yes", "certainly"})
            if not opens:
                return False
        subject = next((place for place, word in enumerate(words) if word in {"is", "are", "was", "were"}), None)
        if subject is not None:
            about = set(words[:subject])
            if about & {"it", "answer", "this", "that"} or (about & context.question.posed) - english.FUNCTION_WORDS:
                return False
            if not context.question.words:
                return False
    return True
