"""Search for the steps of a solution in a completion.

It shows that a completion writes the steps out in one of many forms, not that the model has the skill: a right answer
without written steps can come from the same skill. So it is a property of how answers are written.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from skillprobe_core.benchmark.item_schema import Item

MAX_EVIDENCE_CHARACTERS = 100_000
_LATEX_WRAPPED = re.compile(r"\\(?:text|mathrm|mathbf|textbf|mathit|operatorname)\s?\{([^{}]{0,400})\}")
_LATEX = re.compile(r"\\(?:times|cdot|to|rightarrow|Rightarrow|implies|left|right|quad|[,;:! ()\[\]])")
_CHARACTERS = str.maketrans({**dict.fromkeys("\u2212\u2010\u2011\u2013", "-"), "\u2019": "'", "_": " "})
# A number with its sign, a word, or an operator. A minus belongs to a number that nothing precedes: `-3`, not `5-3`.
_TOKEN = re.compile(r"(?<![\w)\]] )(?<![\w)\].])-\d++(?:\.\d++)?|\d++(?:\.\d++)?(?![^\W\d])|\w++|[-+/<>]")
_BULLET = re.compile(r"^[ \t]*[-\u2022] ", re.MULTILINE)
_ARROW = re.compile(r"[-=]{1,3}>")
# Words that join the parts of a statement and change nothing about it.
_JOINING = frozenset(
    {
        "and",
        "an",
        "the",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "becomes",
        "equals",
        "equal",
        "gives",
        "makes",
        "has",
    }
    | {"have", "had", "gets", "holds", "now", "then", "still", "at", "on", "in", "of", "to", "ball", "balls", "level"}
    | {"which", "that", "it", "with", "contains"}
)
_ALIKE = {"empty": "nothing", "none": "nothing"}


def _tokens(text: str) -> list[str]:
    text = _BULLET.sub(" ", text).translate(_CHARACTERS)
    if "\\" in text:
        text = _LATEX.sub(" ", _LATEX_WRAPPED.sub(r" \1 ", text))
    words = _TOKEN.findall(_ARROW.sub(" ", text.casefold()))
    return [_ALIKE.get(word, word) for word in words if word not in _JOINING]


class _Text:
    """A completion as tokens, read once for all searches."""

    def __init__(self, completion: str) -> None:
        self.tokens = _tokens(completion[-MAX_EVIDENCE_CHARACTERS:])
        numbered = [(place, token) for place, token in enumerate(self.tokens) if token[-1].isdigit()]
        self.places = [place for place, _ in numbered]
        self.numbers = [token for _, token in numbered]

    def after(self, sought: str, place: int) -> int | None:
        """The place after the first occurrence of a text from a place on; None if it does not occur."""
        wanted = _tokens(sought)
        if not wanted:
            return place
        ends = [_run(self.tokens, wanted, place)]
        if len(wanted) > 1 and all(token[-1].isdigit() for token in wanted):
            first = bisect_left(self.places, place)
            end = _run(self.numbers, wanted, first)
            ends.append(None if end is None else self.places[end - 1] + 1)
        if len(wanted) > 2 and all(len(token) == 1 for token in wanted):
            ends.append(_run(self.tokens, ["".join(wanted)], place))
        return min((end for end in ends if end is not None), default=None)


def _run(tokens: list[str], wanted: list[str], place: int) -> int | None:
    """The place after the first run of the wanted tokens, at or after a place."""
    try:
        while True:
            place = tokens.index(wanted[0], place)
            if tokens[place : place + len(wanted)] == wanted:
                return place + len(wanted)
            place += 1
    except ValueError:
        return None


def shows(completion: str, evidence: Sequence[str]) -> bool:
    """True if the completion contains all evidence texts, one after the other, in order.

    Case, spacing, list separators, brackets, mark-up, equals signs and joining words (`is`, `has the`) are ignored. A
    list of numbers may have labels between them (`A: 1, B: 3`), and one of single characters may be run together
    (`GATT`). A text that repeats the one before it need not be repeated. Only the last 100,000 characters are read.

    Args:
        completion: The text to search.
        evidence: The texts to find.

    Returns:
        True if all were found, also if there are none.
    """
    return _in_order(_Text(completion), evidence)


def _in_order(text: _Text, evidence: Sequence[str]) -> bool:
    place: int | None = 0
    for number, sought in enumerate(evidence):
        if place is not None and not (number and sought == evidence[number - 1]):
            place = text.after(sought, place)
    return place is not None


def _shows_changes(text: _Text, evidence: Sequence[str]) -> bool:
    """True if, after the first state, the completion states what each state changes, in order."""
    place = 0
    for changes in _changes(evidence):
        ends = [text.after(change, place) for change in changes]
        if None in ends:
            return False
        place = max((end for end in ends if end is not None), default=place)
    return True


def _changes(evidence: Sequence[str]) -> Iterator[list[str]]:
    """For each state but the first its parts that differ from the state before; all of it if their numbers differ."""
    states = [text.split(";" if ";" in text else ",") for text in evidence]
    for before, after in pairwise(states):
        pairs = list(zip(before, after, strict=False))
        alike = len(before) == len(after) > 1
        yield [new for old, new in pairs if old != new] if alike else [",".join(after)]


_Search = Callable[["_Text", Sequence[str]], bool]


@lru_cache(maxsize=4096)
def _open_searches(prompt: str, answer: str, evidence: tuple[str, ...]) -> tuple[_Search, ...]:
    """The searches that the question with its answer does not satisfy already."""
    known = _Text(f"{prompt}\nAnswer: {answer}")
    return tuple(search for search in (_in_order, _shows_changes) if not search(known, evidence))


def shows_steps(item: Item, text: str) -> bool | None:
    """Report if a text writes out the item's steps: in full, or what each step changes.

    Args:
        item: The item, whose `evidence` lists its steps.
        text: A completion, with the reasoning before it if there is any.

    Returns:
        None if the item lists no steps, or if its question and its answer contain them, so that nothing is left to
        show. So a repetition of the question with the answer is never counted as steps.
    """
    searches = _open_searches(item.prompt, item.answer, item.evidence)
    if not searches:
        return None
    written = _Text(text)
    return any(search(written, item.evidence) for search in searches)
