"""The repetition rule against its definition, tried at every length."""

import random

from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.models.repetition import (
    CHECKED_EVERY,
    LONGEST_BLOCK,
    REPEATS,
    SHORTEST_BLOCK,
    first_repetition,
    repetition_in_last,
)


def by_definition(ids: list[int]) -> int | None:
    """The first length at which some block ends four times in a row, as vLLM checks it after every token."""
    for length in range(REPEATS * SHORTEST_BLOCK, len(ids) + 1):
        for block in range(SHORTEST_BLOCK, min(LONGEST_BLOCK, length // REPEATS) + 1):
            parts = [ids[length - (n + 1) * block : length - n * block] for n in range(REPEATS)]
            if all(part == parts[0] for part in parts):
                return length
    return None


def streamed(ids: list[int]) -> int | None:
    """The rule as a backend applies it, which sees the ids while they grow."""
    made: list[int] = []
    for token in ids:
        made.append(token)
        if len(made) % CHECKED_EVERY == 0 and (found := repetition_in_last(made, len(made))) is not None:
            return found
    return None


def text_with(block: int, start: int, length: int, seed: int, symbols: int) -> list[int]:
    draw = random.Random(seed)
    first, repeated = ([draw.randrange(symbols) for _ in range(count)] for count in (start, block))
    return [*first, *(repeated * (length // block + 1))[:length]]


@given(st.integers(1, 80), st.integers(0, 90), st.integers(0, 420), st.integers(0, 99), st.sampled_from([2, 5000]))
def test_a_completion_ends_where_the_definition_says(block: int, start: int, length: int, seed: int, symbols: int):
    ids = text_with(block, start, length, seed, symbols)
    expected = by_definition(ids)
    assert first_repetition(ids) == expected
    assert streamed(ids) in ({expected} if expected is None or expected <= len(ids) // 32 * 32 else {None})


@given(st.integers(1, 700), st.integers(0, 40))
def test_one_token_short_of_four_times_is_none(block: int, start: int):
    ids = [*range(10_000, 10_000 + start), *(list(range(block)) * REPEATS)]
    if block < SHORTEST_BLOCK:
        whole = -(-SHORTEST_BLOCK // block) * block  # the least multiple of the block that counts as one
        ids = [*range(10_000, 10_000 + start), *(list(range(block)) * (REPEATS * whole // block))]
    found = first_repetition(ids)
    assert (found == len(ids)) == (block <= LONGEST_BLOCK)
    assert first_repetition(ids[:-1]) is None


def test_counting_up_and_a_long_list_are_none():
    assert first_repetition(list(range(9000))) is None
    lines = [token for line in range(400) for token in (7, 7, line, 9, 13)]
    assert first_repetition(lines) is None
