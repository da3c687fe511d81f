"""Sentences about the topic of the question that name one thing: `Web servers use port 80`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.question import Question, question_of
from skillprobe_core.benchmark.judging.worded_numbers import value_of_words

from . import english
from .contexts import sentences
from .folding import name_form, occurrences, squeezed

# Numbers and words with a capital letter.
_PROPER = re.compile(r"\b(?:[A-Z]\w*|\d\w*)")
_WEIGHS = (
    english.DENIALS
    | english.CONTRASTS
    | english.ALTERNATIVES
    | english.CONDITIONS
    | frozenset(
        {
            "because",
            "since",
            "was",
            "were",
            "might",
            "could",
            "would",
            "may",
            "used",
            "which",
            "until",
            "just",
            "only",
            "also",
            "so",
        }
    )
)


def topical_name(key: AnswerKey, line: str) -> str | None:
    """The one number or proper name of a sentence about the topic, if it is the key.

    Nothing else of that kind stands in the sentence but what the question names, and no word denies or weighs it.
    """
    question = question_of(key.question)
    words = english.tokens(line)
    if not _content(words) & _content(question.posed) or _WEIGHS & set(words) or english.HEDGE.search(line):
        return None
    if "n't" in line or len(sentences(line)) > 1:
        return None
    return next((text for text in key.texts if _is_only_name(text, line, question)), None)


def _content(words: Iterable[str]) -> set[str]:
    return {word.removesuffix("s") for word in words if word not in english.FUNCTION_WORDS}


def _is_only_name(text: str, line: str, question: Question) -> bool:
    """True if a line has the text once, and no other number or name than those of the question and its first word."""
    if not (text[:1].isupper() or text.isdecimal()) or text.casefold() in question.folded:
        return False
    places = list(occurrences(name_form(text), line, squeezed(line)))
    if len(places) != 1 or line[slice(*places[0])] != text:
        return False
    if text.isdecimal() and any(value_of_words(word) is not None for word in english.tokens(line)):
        return False
    start, end = places[0]
    first, _, rest = f"{line[:start]} {line[end:]}".strip().partition(" ")
    others = _PROPER.findall(rest if first[:1].isalpha() and start else f"{first} {rest}")
    return all(each.lower() in question.words for each in others)
