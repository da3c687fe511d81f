"""Sentences that answer a question directly: they repeat its content words and assert the key.

Such a sentence is the answer of an unmarked completion wherever it stands, unless another sentence answers the
question with another thing or takes the answer back.
"""

from __future__ import annotations

import re
from functools import lru_cache

from skillprobe_core.benchmark.judging.question import Question

from . import english
from .assertions import asserted, denied
from .contexts import Context, is_participle, sentences
from .folding import occurrences, squeezed

MAX_DIRECT_CHARACTERS = 4000
MAX_OTHER_WORDS = 14
MAX_PRONOUN_WORDS = 7
MAX_FRAGMENT_WORDS = 3

_LABEL_SIGN = re.compile(r"(:|\s=\s|\s-\s|->)")
_COMPLETE = re.compile(r"[.!?][\"'`)*]*\s*$")
_QUESTION_SENTENCE = re.compile(r"(?<=[.?!])\s+|\n+")
_ASKED = re.compile(
    r"\b(?:(?:what|which)\b(?:\s+(?!(?:is|are|was|were|do|does|did|can)\b)[a-z]+)?|who|whom|whose|where|when|how)\b"
)
_ASKING_WORDS = frozenset({
    "give", "name", "state", "recall", "say", "write", "tell", "list", "quiz", "find", "call", "you", "many", "much",
    "person", "one", "please",
})  # fmt: skip
_MAKERS = re.compile(
    r"\bwho\s+(?:wrote|painted|composed|sang|directed|made|created|designed|built)\b|\b(?:author|painter|composer)\b"
)
_PRONOUN_STATES = re.compile(
    r"(?:(?:so|thus|then|or|and|but|maybe|perhaps)[,\s]+)*(?:it|that|this)(?:'s|\s+(?:is|was|could|may|might|must|can)\b)"
    r"|(?:so|thus|or|maybe|perhaps|others?|some)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def asked_words(question: Question) -> frozenset[str]:
    """The content words of the question itself: `{opposite, hot}` of `What is the opposite of hot?`.

    The noun behind `which` or `what` is left out, since the answer stands in its place.
    """
    parts = [part for part in _QUESTION_SENTENCE.split(question.folded) if part.strip()]
    asking = next((part for part in parts if "?" in part), parts[0] if parts else "")
    begin = _ASKED.search(asking)
    found = _content(asking[begin.end() :]) if begin else frozenset()
    return found or _content(asking.rsplit(":", 1)[-1]) or _content(asking)


def _content(text: str) -> frozenset[str]:
    words = (word for word in english.tokens(text) if word[0].isalnum())
    return frozenset(_stem(word) for word in words if word not in english.FUNCTION_WORDS | _ASKING_WORDS)


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def direct_answer(forms: tuple[str, ...], text: str, context: Context) -> str | None:
    """The key, as written, that a complete sentence of a plain text gives as the direct answer; None without one.

    forms: the right texts as `name_form` gives them. A key that stands in the question is not looked for, since a
    sentence of the working then repeats the question's words as well.
    """
    asked = asked_words(context.question)
    if not asked or any(_mentions(form, context.question.folded) for form in forms):
        return None
    text = text[:MAX_DIRECT_CHARACTERS]
    parts = [text[start:end].strip() for start, end in sentences(text)]
    answer, place = _headline(forms, text, context), 0
    for number, part in enumerate([] if answer else parts):
        if not _COMPLETE.search(part) or part.endswith("?") or not _repeats(part, asked):
            continue
        answer = asserted(forms, part, context) or _attributed(forms, part, context)
        if answer:
            place = number
            break
    if answer is None or any(_answers_otherwise(part, forms, asked, context) for part in parts):
        return None
    return None if any(_takes_back(part, forms) for part in parts[place + 1 :]) else answer


def _headline(forms: tuple[str, ...], text: str, context: Context) -> str | None:
    """The key in a first line that a blank line sets apart: the question's own words, a colon or `=`, the key."""
    line, blank, after = text.partition("\n\n")
    label, colon, value = (*_LABEL_SIGN.split(line, maxsplit=1), "", "")[:3]
    words = [word for word in english.tokens(label) if word[0].isalnum()]
    if not (blank and after.strip() and colon and words) or "\n" in line or not value.strip():
        return None
    return asserted(forms, value.strip(), context) if set(words) <= context.question.words else None


def repeats(sentence: str, question: Question) -> bool:
    """True for a sentence that repeats at least two thirds of the content words of a question."""
    asked = asked_words(question)
    return bool(asked) and _repeats(sentence, asked)


def _repeats(sentence: str, asked: frozenset[str]) -> bool:
    """True for a sentence with at least two thirds of the question's content words."""
    return 3 * len(asked & {_stem(word) for word in english.tokens(sentence)}) >= 2 * len(asked)


def _mentions(form: str, text: str) -> bool:
    return any(True for _ in occurrences(form, text, squeezed(text)))


def _attributed(forms: tuple[str, ...], sentence: str, context: Context) -> str | None:
    """The maker in `The play Faust by Goethe is a tragedy`, where the question asks who made it."""
    if not _MAKERS.search(context.question.folded):
        return None
    within = squeezed(sentence)
    for form in sorted(forms, key=len, reverse=True):
        for start, end in occurrences(form, sentence, within):
            before = english.tokens(sentence[:start])
            named = [word for word in before[:-1] if word[0].isalnum()]
            known = all(context.soft(word) or word in context.question.words or word == "and" for word in named)
            after = english.tokens(sentence[end:])
            goes_on = after[:1] and (after[0] in english.VERBS or is_participle(after[0]))
            left, right = sentence[:start], sentence[end:]
            if before[-1:] == ["by"] and named and known and goes_on and not denied(left, right, forms):
                return sentence[start:end]
    return None


def _answers_otherwise(sentence: str, forms: tuple[str, ...], asked: frozenset[str], context: Context) -> bool:
    """True for a short sentence that repeats the question's content words with a thing that is not the key."""
    words = [word for word in english.tokens(sentence) if word[0].isalnum()]
    if len(words) > MAX_OTHER_WORDS or not _repeats(sentence, asked):
        return False
    denials = set(words) & english.DENIALS
    others = [
        word for word in words
        if not (word in english.FUNCTION_WORDS or context.soft(word) or is_participle(word) or _stem(word) in asked)
    ]  # fmt: skip
    mentioned = any(_mentions(form, sentence) for form in forms)
    return bool(denials) if mentioned else bool(others)


def _takes_back(sentence: str, forms: tuple[str, ...]) -> bool:
    """True for a sentence behind the answer that takes it back, or names another thing in its place."""
    if english.CORRECTION.match(sentence):
        return True
    words = [word for word in english.tokens(sentence) if word[0].isalnum()]
    if any(_mentions(form, sentence) for form in forms) or not any(word[0].isalpha() for word in words):
        return False
    if len(words) <= MAX_FRAGMENT_WORDS:
        return True
    return len(words) <= MAX_PRONOUN_WORDS and _PRONOUN_STATES.match(sentence) is not None
