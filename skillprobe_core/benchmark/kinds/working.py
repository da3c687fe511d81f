"""The form of worked solutions: one short step per line, the answer last."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


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
