"""Choice of the levels of a kind at which a model can rise and fall, from a few answers per level.

A level is informative if the model is right in 30 to 85 % of its items and more often than blind guessing. The search
looks at level 3 first, since high levels are long, and then at the middle of the levels that are left: above an easy
one, below a hard one. Around an informative level it looks at both neighbours. Accuracy is assumed to fall from level
to level: a level between an easy and a hard one is looked at, a level beyond either is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import comb

BAND = (0.30, 0.85)
"""Accuracies between which a change in either direction can be seen."""
LOOK = 8
"""Items of a look."""
MOST_LEVELS = 3
"""Informative levels after which the search of a kind ends."""
_MOST_ITEMS = 2 * LOOK
_FIRST = 3
_UNCLEAR = (2, 7)
"""Numbers right in the first look after which there is a second one: the level may be in the band or not."""
_ABOVE_CHANCE = 0.05


class Place(StrEnum):
    """Place of a level on a kind's ladder, seen from one model."""

    EASY = "easy"
    INFORMATIVE = "informative"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers of a model on one level.

    items: number of items answered. right: number of correct ones. chance: accuracy of the best blind guess.
    short: True if the level has no further items.
    """

    items: int
    right: int
    chance: float = 0.0
    short: bool = False

    @property
    def accuracy(self) -> float:
        """Share of correct answers."""
        return self.right / self.items

    @property
    def decided(self) -> bool:
        """True if no further look is needed."""
        if self.short or self.items >= _MOST_ITEMS:
            return True
        low, high = _UNCLEAR
        inside = low < self.right < high and self.place is Place.INFORMATIVE
        return self.items >= LOOK and (inside or not low <= self.right <= high)

    @property
    def place(self) -> Place:
        """The place that these answers give the level."""
        if self.accuracy > BAND[1]:
            return Place.EASY
        return Place.INFORMATIVE if self.accuracy >= self._lowest else Place.HARD

    @property
    def distance(self) -> float:
        """Distance of the accuracy from the informative ones; 0 for one of these."""
        return max(self._lowest - self.accuracy, self.accuracy - BAND[1], 0.0)

    @property
    def _lowest(self) -> float:
        """Lowest accuracy that is in the band and above chance (exact binomial test, 5 %, one-sided)."""
        return max(BAND[0], _fewest_above(self.items, self.chance) / self.items)


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen levels of a kind; `informative` is False if none of its levels is, and the nearest one was taken."""

    levels: tuple[int, ...]
    informative: bool


def next_looks(ladder: Sequence[int], seen: Mapping[int, Tally]) -> tuple[int, ...]:
    """The levels of a kind to look at next, `LOOK` items each; empty when the search has ended.

    Args:
        ladder: Levels that have items.
        seen: The answers so far, by level.
    """
    undecided = tuple(level for level in sorted(seen) if not seen[level].decided)
    if undecided:
        return undecided
    places = {level: tally.place for level, tally in seen.items()}
    informative = sorted(level for level, place in places.items() if place is Place.INFORMATIVE)
    if len(informative) >= MOST_LEVELS:
        return ()
    low = max((level for level, place in places.items() if place is Place.EASY), default=min(ladder) - 1)
    high = min((level for level, place in places.items() if place is Place.HARD), default=max(ladder) + 1)
    between = [level for level in sorted(ladder) if low < level < high and level not in seen]
    if not between:
        return ()
    if not informative:
        low_ones = between if seen else [level for level in between if level <= _FIRST][-1:] or between
        return (low_ones[(len(low_ones) - 1) // 2],)
    below = [level for level in between if level < informative[0]]
    inside = [level for level in between if informative[0] < level < informative[-1]]
    above = [level for level in between if level > informative[-1]]
    neighbours = (*inside, *below[-1:], *above[:1])
    return tuple(sorted(neighbours))[: MOST_LEVELS - len(informative)]


def choose(seen: Mapping[int, Tally]) -> Choice:
    """The levels to evaluate a kind at: the informative ones, else the nearest one.

    The nearest one is the highest easy level or the lowest hard one, whichever is less far from the band; the easy one
    if both are as far.
    """
    informative = tuple(level for level in sorted(seen) if seen[level].place is Place.INFORMATIVE)
    if informative:
        return Choice(informative[:MOST_LEVELS], informative=True)
    easy, hard = ([level for level in seen if seen[level].place is place] for place in (Place.EASY, Place.HARD))
    ends = [*([max(easy)] if easy else []), *([min(hard)] if hard else [])]
    return Choice((min(ends, key=lambda level: seen[level].distance),), informative=False)


def share_evenly(items: int, levels: Sequence[int]) -> dict[int, int]:
    """Numbers of items per level that add up to `items` and differ by at most one, the lower levels first."""
    each, rest = divmod(items, len(levels))
    return {level: each + (place < rest) for place, level in enumerate(sorted(levels))}


def _fewest_above(items: int, chance: float) -> int:
    """Fewest correct answers that blind guessing reaches with a probability of at most 5 %; `items` if none is."""
    tail, chance = 1.0, min(max(chance, 0.0), 1.0)
    for right in range(items):
        if tail <= _ABOVE_CHANCE:
            return right
        tail -= comb(items, right) * chance**right * (1 - chance) ** (items - right)
    return items
