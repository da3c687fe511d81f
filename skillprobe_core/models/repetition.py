"""The repetition that ends a completion early: a block of tokens written four times in a row.

The rule is on token ids, and it is the one of vLLM's `repetition_detection`, so that an engine can stop by itself.
A completion that no engine stopped is cut at the same token afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

REPEATS = 4
"""How often in a row the block is written."""

SHORTEST_BLOCK = 32
"""Fewest tokens of a block. A shorter repeated text is also one of a longer block: 128 times the same token."""

LONGEST_BLOCK = 512
"""Most tokens of a block."""

CHECKED_EVERY = 32
"""A completion that is being generated is checked whenever it has a multiple of so many tokens."""

# A block that is complete at one of the last CHECKED_EVERY tokens repeats before these, for at least so many tokens.
_BEFORE = (REPEATS - 1) * SHORTEST_BLOCK - CHECKED_EVERY


def first_repetition(ids: Sequence[int]) -> int | None:
    """Length of the shortest beginning of `ids` that ends with a block written four times; None if there is none."""
    ids = list(ids)
    for length in range(CHECKED_EVERY, len(ids) + CHECKED_EVERY, CHECKED_EVERY):
        found = repetition_in_last(ids, min(length, len(ids)))
        if found is not None:
            return found
    return None


def repetition_in_last(ids: list[int], length: int) -> int | None:
    """Length of the shortest such beginning that ends at one of the last `CHECKED_EVERY` of the first `length` ids.

    Beginnings that end before these have none.
    """
    start = length - CHECKED_EVERY
    if start < _BEFORE:
        return None
    before = ids[start - _BEFORE : start]
    ends = []
    for block in range(SHORTEST_BLOCK, min(LONGEST_BLOCK, length // REPEATS) + 1):
        place = start - _BEFORE - block
        # Nearly every block differs at the first token, which costs less to compare than a slice.
        if place >= 0 and ids[place] == before[0] and ids[place : place + _BEFORE] == before:
            ends.append(_end_of(ids, block, start, length))
    return min((end for end in ends if end is not None), default=None)


def _end_of(ids: list[int], block: int, start: int, length: int) -> int | None:
    """Length of the first beginning after `start`, up to `length`, that ends with this block written four times."""
    wanted, same = (REPEATS - 1) * block, 0
    for place in range(start - 1, max(block, start - wanted) - 1, -1):
        if ids[place] != ids[place - block]:
            break
        same += 1
    for place in range(start, length):
        same = same + 1 if ids[place] == ids[place - block] else 0
        if same >= wanted:
            return place + 1
    return None
