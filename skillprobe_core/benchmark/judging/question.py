"""The parts of an item's prompt that readers of answers use: its options, its nouns and the question itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

MAX_QUESTION_CHARACTERS = 20_000
MAX_OPTIONS = 26
MIN_REPEATED = 4
MAX_REPEATED_CHARACTERS = 2000
MAX_REFERRING = 5

_MARKER = re.compile(r"(?<![\w-])\(?([A-Z])[).:](?=\s)")
# The text after the last option: a question that follows the options on the same line.
_AFTER_OPTIONS = re.compile(r",\s+(?:which|what|who|where|when)\b|[.:?]\s+[A-Z]|\n|\?", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\n+")
# The words and signs of a text, without marks that only set them apart.
_WORD_OR_SIGN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)?|[-+*/^=<>%]")
_STATES = re.compile(
    r"[=:]|\b(?:is|are|was|were|has|have|had|gets?|holds?|contains?|gives?|becomes?|equals?)\b", re.IGNORECASE
)
_ORDERS = re.compile(
    r"\s*(?:please\s)?(?:name|give|state|write|list|find|complete|recall|identify|provide|choose|pick|solve|calculate|compute)\b",
    re.IGNORECASE,
)
_JOINS = re.compile(r"\b(?:the|of|in|on|as|for|with|to|from)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A prompt as readers of answers use it.

    options: the text of each option by its letter, empty if the prompt lists none.
    words: all words in lower case, without those of the options.
    posed: the words of the sentences that hold the question: questions, else orders, else the last one.
    folded: the prompt in lower case.
    largest: the largest whole number in the prompt, 0 without one.
    sentences: the words and signs of each sentence, without the options.
    written: the words and signs of the prompt without the options, with blanks between them.
    """

    options: Mapping[str, str]
    words: frozenset[str]
    posed: frozenset[str]
    folded: str
    largest: int
    sentences: frozenset[tuple[str, ...]]
    written: str

    def nouns(self, answers: Sequence[str]) -> frozenset[str]:
        """The words that may stand next to an answer without being a part of it.

        If the prompt names one of the answers, it also names others of their kind (the colours of all balls). Then only
        the words of the question itself are taken.
        """
        named = any(_has_word(self.folded, answer.strip().lower()) for answer in answers)
        return self.posed if named else self.words

    def given_back(self, text: str) -> bool:
        """True for a text that only repeats the question: one of its sentences, or four words of it that state nothing.

        A list (`red, blue, green, white`) and a clause with a verb (`Ann has the ball`) may be an answer that the
        question happens to contain.
        """
        words = tuple(_WORD_OR_SIGN.findall(text.lower().replace("**", "")))
        if len(words) < MIN_REPEATED or len(text) > MAX_REPEATED_CHARACTERS:
            return False
        if words in self.sentences:
            return True
        plain = _STATES.search(text) is None and _JOINS.search(text) is not None
        return plain and f" {' '.join(words)} " in self.written

    def runs_together(self, elements: Sequence[str]) -> bool:
        """True if a list of these elements can be written without separators: `TAAT` for T, A, A, T.

        That holds for single letters, and for single digits where the prompt has no larger numbers: zeros and ones,
        or at least three of them, since `13` is rather a number than a pair.
        """
        if len(elements) < 2 or not all(len(element) == 1 for element in elements):
            return False
        if all(map(str.isalpha, elements)):
            return True
        if not all(map(str.isdecimal, elements)) or self.largest >= 10:
            return False
        return {"0", "1"}.issuperset(elements) or (len(elements) > 2 and self.largest > 0)


def _has_word(text: str, word: str) -> bool:
    place = text.find(word) if word else -1
    while place >= 0:
        before, after = text[max(0, place - 1) : place], text[place + len(word) : place + len(word) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        place = text.find(word, place + 1)
    return False


def _words(text: str) -> frozenset[str]:
    words = [word.lower() for word in _WORD.findall(text)]
    return frozenset([*words, *(word.removesuffix("'s") for word in words)])


# `Can you help?` and `Which one is it?` ask for what another sentence names.
_REFERRING = _words("can could would do you please help me remind know it is that this what which one of them the")


def _options(prompt: str) -> tuple[dict[str, str], str]:
    """The options in a prompt, and the prompt without them."""
    marks: list[re.Match[str]] = []
    for mark in _MARKER.finditer(prompt):
        if mark[1] == chr(ord("A") + len(marks)) and len(marks) < MAX_OPTIONS:
            marks.append(mark)
        elif mark[1] == "A":
            marks = [mark]
    if len(marks) < 2:
        return {}, prompt
    last = _AFTER_OPTIONS.search(prompt, marks[-1].end())
    end = last.start() if last else len(prompt)
    ends = [*(mark.start() for mark in marks[1:]), end]
    texts = [
        prompt[mark.end() : stop].strip(" \t\r\n,;.").removesuffix(" or").rstrip(" ,")
        for mark, stop in zip(marks, ends, strict=True)
    ]
    options = {mark[1]: text for mark, text in zip(marks, texts, strict=True)}
    return options, f"{prompt[: marks[0].start()]} {prompt[end:]}"


def _orders(sentences: list[str]) -> list[str]:
    """The sentences that ask for something without a question mark: orders, else the last one; all if they only refer.

    `Please state it too` refers to what comes before it.
    """
    orders = [sentence for sentence in sentences if _ORDERS.match(sentence)] or sentences[-1:]
    return sentences if all(len(_WORD.findall(sentence)) <= MAX_REFERRING for sentence in orders) else orders


@lru_cache(maxsize=4096)
def question_of(prompt: str) -> Question:
    """Read a prompt; one that is not known is the empty text, which has no options and no words."""
    prompt = prompt[:MAX_QUESTION_CHARACTERS]
    options, rest = _options(prompt)
    sentences = [sentence for sentence in _SENTENCE_END.split(rest) if _WORD.search(sentence)]
    asking = [each for each in sentences if "?" in each and not _REFERRING.issuperset(_words(each))]
    asking = asking or _orders([each for each in sentences if "?" not in each] or sentences)
    numbers = [int(number) for number in _NUMBER.findall(prompt) if len(number) < 10]
    return Question(
        options=options,
        words=_words(rest),
        posed=_words(" ".join(asking)),
        folded=prompt.lower(),
        largest=max(numbers, default=0),
        sentences=frozenset(tuple(_WORD_OR_SIGN.findall(sentence.lower())) for sentence in sentences),
        written=f" {' '.join(_WORD_OR_SIGN.findall(rest.lower()))} ",
    )
