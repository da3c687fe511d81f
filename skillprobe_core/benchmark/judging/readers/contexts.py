"""Words that may stand around a right name without changing it, and the sentences of a statement."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from skillprobe_core.benchmark.judging.question import Question

from . import english
from .folding import name_form

MAX_SENTENCES = 12
# A full stop after one letter (`J. S. Bach`) or after `St` ends no sentence.
_SENTENCE_END = re.compile(
    r"(?:(?<=[^\W\d_]{3})|(?<=[\d)\]\"'`%]))[.!?]+[\"'`)]*(?=\s)|\n+"
    r"|(?<=[^\W\d_]{2})(?<!\bSt)(?<!\bDr)(?<!\bMr)(?<!\bNo)(?<!\bvs)(?<!\bca)[.!?]+[\"'`)]*(?=\s+[A-Z])|[!?](?=\s)"
)


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Facts that decide if words around a name belong to it.

    accepts: True for a text that is a right answer, which may stand as another name of the same thing.
    nouns: words of the question that may stand next to the name.
    known: words of all right texts (`wolfgang` where the answer `Mozart` is also accepted).
    initials: the initials of all right texts.
    """

    question: Question
    accepts: Callable[[str], bool]
    nouns: frozenset[str]
    known: frozenset[str] = frozenset()
    initials: frozenset[str] = field(default_factory=frozenset)

    def soft(self, word: str) -> bool:
        """True for a word that may stand between a link and the name, or after the name, without changing it."""
        return (
            word in english.ARTICLES
            or word in english.FILLERS
            or self.noun(word)
            or (word in self.known and word not in english.DENIALS)
        )

    def noun(self, word: str) -> bool:
        """True for a word of the question and for words of categories (`state`, `port`, `module`), also as a plural."""
        if word in english.DENIALS or word in english.ALTERNATIVES or word in {"and", "of", "than"}:
            return False
        word = word.removesuffix("'s")
        return all(self._noun(part) for part in word.split("-"))

    def _noun(self, word: str) -> bool:
        return any(
            each in self.nouns or each in english.CATEGORIES for each in (word, word.removesuffix("s"), f"{word}s")
        )


def sentences(text: str) -> list[tuple[int, int]]:
    """The (start, end) of the sentences of a text; the last one holds the rest."""
    found: list[tuple[int, int]] = []
    start = 0
    for stop in _SENTENCE_END.finditer(text):
        if len(found) == MAX_SENTENCES - 1:
            break
        if text[start : stop.start()].strip():
            found.append((start, stop.end()))
            start = stop.end()
    if text[start:].strip():
        found.append((start, len(text)))
    return found


def accepts_any(forms: frozenset[str]) -> Callable[[str], bool]:
    """A test for texts that are one of these forms."""

    def accepts(text: str) -> bool:
        return name_form(text[:200]) in forms

    return accepts


def is_participle(word: str) -> bool:
    """True for a word that ends like a past participle."""
    return (len(word) > 4 and word.endswith("ed") and word.isalpha()) or word in english.IRREGULAR_PARTICIPLES
