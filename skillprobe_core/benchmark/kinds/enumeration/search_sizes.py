"""Sizes of the searches of the ladder, in cases that are looked at."""

from __future__ import annotations

from collections.abc import Mapping

LOOKS = {6: (105, 142), 7: (250, 335), 8: (600, 800), 9: (1550, 2050)}
"""Fewest and most looks of a level; a draw with fewer or more is dropped."""

LONG_LOOKS = {6: (165, 220), 7: (380, 505), 8: (870, 1160), 9: (2000, 2650)}
"""The same for kinds whose searches have some 80 looks at level 5 already."""

LADDER_LEVELS = tuple(range(1, max(LOOKS) + 1))

Sizes = Mapping[int, tuple[int, int]]


def has_size(level: int, looks: int, sizes: Sizes = LOOKS) -> bool:
    """True if a search of so many looks belongs to the level; any does below the ladder."""
    low, high = sizes.get(level, (0, looks))
    return low <= looks <= high


def most_looks(level: int, sizes: Sizes = LOOKS) -> int | None:
    """The looks after which a search of the level is given up; no limit below the ladder."""
    return sizes[level][1] if level in sizes else None
