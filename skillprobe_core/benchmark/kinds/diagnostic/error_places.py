"""Places of the one error in a list that is checked from its beginning."""

from __future__ import annotations

from skillprobe_core.benchmark.ladder import LADDER


def error_places(level: int, count: int, first: int = 1) -> list[int]:
    """The places where the error of a list of `count` entries may be, with 0 for a list without one.

    Every place is as likely. From the ladder on the error is in the second half, so that a level asks for about as many
    checks in each draw.

    Args:
        level: The level of the draw.
        count: Number of entries, numbered from 1.
        first: The first entry that may be wrong.
    """
    return [0, *range(first if level < LADDER else max(first, count // 2 + 1), count + 1)]
