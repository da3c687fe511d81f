"""Chance level of each level of a kind: the measured accuracy of blind guessing.

Three guessers see 400 questions of the training split with their answers and are tried on 400 others:

- majority: always the most frequent answer;
- random: any of the answers seen, with its observed frequency (the expected accuracy counts);
- copy: a fixed place of the prompt (the second number, the last word, the largest number, the whole list, ...), the
  place that did best on the questions seen.

An item's `chance` is the largest of the three, or the kind's own value if that is larger. The figures of the
benchmark's own kinds are stored in `baselines.json`. `python -m skillprobe_core.benchmark.baselines` measures what the
file lacks. The figures of other kinds are measured when an item set is built from them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right

from .item_schema import AnswerType, Item, Kind, Split
from .judging import notation
from .splits import draw

COUNT = 400
_FILE = Path(__file__).with_name("baselines.json")
_PLACES = 8
_TOKEN = re.compile(r"-?\d+(?:[.,:/]\d+)*|[^\W\d]\w*")
_NUMERIC = (AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL)
_LISTS = (AnswerType.SEQUENCE, AnswerType.SET, AnswerType.MULTISET)
_BRACKETED = re.compile(r"[\[({]([^\[\](){}]+)[\])}]")

Place = Callable[[str], str | None]


class Baselines(NamedTuple):
    """Accuracies of the three blind guessers, 0 to 1."""

    majority: float
    random: float
    copy: float


def chance_of(kind: Kind, level: int) -> float:
    """The accuracy of the best blind guesser on a level of a kind, stored or else measured now."""
    stored = _stored().get(f"{kind.name} {kind.version}", {}).get(str(level))
    return max(stored) if stored else max(measure(kind, level))


@cache
def measure(kind: Kind, level: int) -> Baselines:
    """Accuracies of the guessers on COUNT questions after as many others; zero if the level has no training prompt.

    The same arguments give the same figures on any machine.
    """
    drawn = [draw(kind, level, Split.TRAIN, seed, index) for seed in (101, 102) for index in range(COUNT)]
    items = [item for item in drawn if item is not None]
    seen, tried = items[: len(items) // 2], items[len(items) // 2 :]
    if not seen or not tried:
        return Baselines(0.0, 0.0, 0.0)
    answers = Counter(item.answer for item in seen)
    favourite = answers.most_common(1)[0][0]
    place = _best_place(_places(kind.answer_type), seen[: COUNT // 2])
    return Baselines(
        _share(tried, [favourite] * len(tried)),
        sum(answers[item.answer] for item in tried) / (len(seen) * len(tried)),
        _share(tried, _copied(tried, place)),
    )


def _best_place(places: Sequence[Place], items: Sequence[Item]) -> Place:
    """The place that is right most often, the first of those that are alike."""
    right = [0] * len(places)
    for item in items:  # all places of one prompt, which is long at high levels, one after the other
        for number, place in enumerate(places):
            guess = place(item.prompt)
            right[number] += guess is not None and _right(item, guess)
    return places[max(range(len(places)), key=right.__getitem__)]


def _share(items: Sequence[Item], guesses: Iterable[str | None]) -> float:
    right = [guess is not None and _right(item, guess) for item, guess in zip(items, guesses, strict=False)]
    return sum(right) / len(right)


def _right(item: Item, guess: str) -> bool:
    return _equal(AnswerKey(item.answer_type, item.answer, item.accepted, item.tolerance), guess)


@lru_cache(maxsize=2**16)
def _equal(key: AnswerKey, guess: str) -> bool:
    """Judge a guess; answers are few, so most pairs occur again and again."""
    return is_right(key, guess)


def _copied(items: Sequence[Item], place: Place) -> list[str | None]:
    return [place(item.prompt) for item in items]


def _places(answer_type: AnswerType) -> list[Place]:
    """The ways to copy an answer of a type from a prompt."""
    tokens = _numbers if answer_type in _NUMERIC else _words
    places = [_at(tokens, place) for place in range(-_PLACES, _PLACES)]
    if answer_type in _NUMERIC:
        return [*places, _extreme(max), _extreme(min), _frequent(_numbers)]
    if answer_type in _LISTS:
        listed = [_listed(tokens, order) for tokens in (_words, _numbers) for order in (1, -1)]
        return [*places, *listed, _bracketed, _frequent(_words)]
    return [*places, _frequent(_words), _quoted]


@lru_cache(maxsize=1)
def _numbers(prompt: str) -> list[str]:
    return notation.number_texts(notation.plain(prompt))


@lru_cache(maxsize=1)
def _words(prompt: str) -> list[str]:
    return _TOKEN.findall(prompt)


def _at(tokens: Callable[[str], list[str]], place: int) -> Place:
    def copied(prompt: str) -> str | None:
        found = tokens(prompt)
        return found[place] if -len(found) <= place < len(found) else None

    return copied


def _extreme(which: Callable[..., str]) -> Place:
    def copied(prompt: str) -> str | None:
        found = [text for text in _numbers(prompt) if notation.number(text) is not None]
        return which(found, key=notation.number) if found else None

    return copied


def _frequent(tokens: Callable[[str], list[str]]) -> Place:
    def copied(prompt: str) -> str | None:
        found = Counter(tokens(prompt)).most_common(1)
        return found[0][0] if found else None

    return copied


def _listed(tokens: Callable[[str], list[str]], order: int) -> Place:
    return lambda prompt: ", ".join(tokens(prompt)[::order])


def _bracketed(prompt: str) -> str | None:
    found = _BRACKETED.findall(prompt)
    return str(found[-1]) if found else None


def _quoted(prompt: str) -> str | None:
    found = re.findall(r"[\"'`]([^\"'`]+)[\"'`]", prompt)
    return str(found[-1]) if found else None


@cache
def _stored() -> dict[str, dict[str, list[float]]]:
    figures: dict[str, dict[str, list[float]]] = json.loads(_FILE.read_text()) if _FILE.exists() else {}
    return figures


def table(kinds: Iterable[Kind]) -> dict[str, dict[str, list[float]]]:
    """The figures of kinds as stored: by `NAME VERSION` and level, in the order of `Baselines`."""
    return {
        f"{kind.name} {kind.version}": {
            str(level): [round(share, 4) for share in measure(kind, level)] for level in kind.levels
        }
        for kind in kinds
    }


def main() -> None:
    """Measure the levels of the benchmark's own kinds that `baselines.json` lacks, and write it next to this module."""
    from .kind_registry import KINDS

    stored = _stored()
    measured: dict[str, dict[str, list[float]]] = {}
    for kind in KINDS:
        name = f"{kind.name} {kind.version}"
        known = {level: stored.get(name, {}).get(str(level)) for level in kind.levels}
        lacking = replace(kind, levels=tuple(level for level, figures in known.items() if figures is None))
        new = table([lacking])[name]
        measured[name] = {str(level): figures or new[str(level)] for level, figures in known.items()}
    lines = [f"{json.dumps(name)}: {json.dumps(levels)}" for name, levels in measured.items()]
    _FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
