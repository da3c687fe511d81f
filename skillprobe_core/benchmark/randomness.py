"""The random numbers that a kind draws from."""

from __future__ import annotations

import random
from collections.abc import Iterable, MutableSequence, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import SupportsLenAndGetItem

T = TypeVar("T")
# Python draws a few elements from more than this by trial (and many from more than four times this), else from a copy.
_SMALL, _FEW = 21, 5
_COPIED = (list, tuple, str, range)


class Stream(random.Random):
    """Python's `random.Random`, draw for draw, in half the time: a benchmark item takes dozens of draws.

    Only the overhead of a draw is smaller: like Python, each method takes as many bits as its numbers have until they
    are in range; uncommon arguments (and errors) are left to the base class.
    """

    def choice(self, seq: SupportsLenAndGetItem[T]) -> T:
        """A random element; raises IndexError for an empty sequence."""
        size = len(seq)
        if not size:
            return super().choice(seq)
        bits = size.bit_length()
        place = self.getrandbits(bits)
        while place >= size:
            place = self.getrandbits(bits)
        return seq[place]

    def randint(self, a: int, b: int) -> int:
        """A random integer from a to b inclusive; raises ValueError if there is none."""
        size = b - a + 1
        if size < 1:
            return super().randint(a, b)
        bits = size.bit_length()
        more = self.getrandbits(bits)
        while more >= size:
            more = self.getrandbits(bits)
        return a + more

    def sample(self, population: Sequence[T], k: int, *, counts: Iterable[int] | None = None) -> list[T]:
        """`k` elements at different positions, in random order; raises ValueError if there are fewer."""
        size = len(population)
        usual = type(population) in _COPIED and counts is None and 0 <= k <= size
        if not usual or (k > _FEW and size > 4 * _SMALL):
            return super().sample(population, k, counts=counts)
        draw = self.getrandbits
        if k <= _FEW and size > _SMALL:
            bits = size.bit_length()
            places: list[int] = []
            while len(places) < k:
                place = draw(bits)
                if place < size and place not in places:
                    places.append(place)
            return [population[place] for place in places]
        left = list(population)
        drawn: list[T] = []
        for rest in range(size, size - k, -1):
            bits = rest.bit_length()
            place = draw(bits)
            while place >= rest:
                place = draw(bits)
            drawn.append(left[place])
            left[place] = left[rest - 1]
        return drawn

    def shuffle(self, x: MutableSequence[Any]) -> None:
        """Put the elements into random order, in place."""
        draw = self.getrandbits
        for last in range(len(x) - 1, 0, -1):
            bits = (last + 1).bit_length()
            place = draw(bits)
            while place > last:
                place = draw(bits)
            x[last], x[place] = x[place], x[last]
