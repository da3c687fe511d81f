"""The form of worked solutions: one short step per line, the answer last."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import TypeVar

from skillprobe_core.benchmark.ladder import LADDER

_LANDMARKS = 24

T = TypeVar("T")


def rungs(first: int, count: int) -> dict[int, int]:
    """Sizes of the first `count` levels of the ladder: the first, and each twice the one before."""
    return {LADDER + place: first << place for place in range(count)}


def exactly(sizes: dict[int, int]) -> dict[int, tuple[int, int]]:
    """Each size as the range that begins and ends with it."""
    return {level: (size, size) for level, size in sizes.items()}


def exercise(level: int) -> int:
    """The level from 1 to 5 that a level has its other sizes from: the fifth for all levels of the ladder."""
    return min(level, LADDER - 1)


def landmarks(count: int) -> range:
    """The places of the steps whose states are stated in full: all, or of many at most 24 at equal distances, with the
    last."""
    every = -(-count // _LANDMARKS)
    return range((count - 1) % every, count, every)


def at_landmarks(states: Sequence[str]) -> tuple[str, ...]:
    """The states at the landmarks, the evidence of a long solution."""
    return tuple(states[place] for place in landmarks(len(states)))


def choices(rng: random.Random, population: Sequence[T], count: int) -> list[T]:
    """`count` elements, each from one `rng.choice` (`rng.choices` would draw others)."""
    size = len(population)
    bits, draw = size.bit_length(), rng.getrandbits
    drawn: list[T] = []
    while len(drawn) < count:
        place = draw(bits)
        if place < size:
            drawn.append(population[place])
    return drawn


def worked(steps: Iterable[str], answer: str) -> str:
    """The steps, one per line, and the line that states the answer."""
    return "\n".join((*steps, f"Answer: {answer}"))


def listed(values: Sequence[object]) -> str:
    """A list in the benchmark's notation: values separated by a comma and a space."""
    return ", ".join(map(str, values))


def spoken(values: Sequence[str]) -> str:
    """Words listed as in a sentence: `a`, `a and b`, `a, b and c`."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} and {values[-1]}"
