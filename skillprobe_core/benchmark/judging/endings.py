"""The end of a completion, which decides if a completion without an answer line is judged at all."""

from __future__ import annotations

from enum import StrEnum

TAIL_CHARACTERS = 4000
MIN_REPEATS = 4
MIN_LOOP_CHARACTERS = 200


class Ending(StrEnum):
    """The end of a completion."""

    ENDED = "ended"
    """The model wrote an end token or a stop text."""
    CUT = "cut"
    """It was stopped at the token limit."""
    LOOPED = "looped"
    """It was stopped because it repeated itself, in its answer or in its reasoning, or did so at the token limit."""
    THINKING = "thinking"
    """It ended, or was cut, inside its reasoning: opened and never closed."""


def ending_of(finish_reason: str, completion: str, reasoning: str | None, markers: tuple[str, ...]) -> Ending:
    """The ending of a completion that was generated, from its columns in `generations`.

    `loop` as the reason says that generation was ended because it repeated itself (`[sampling] stop_loops`).
    `markers` are those of the reasoning (`SamplingSettings.reasoning`). Reasoning that was closed ends with the closing
    marker. A loop inside the reasoning is `looped`, since a higher token limit would not help.
    """
    if finish_reason == "loop" or (finish_reason == "length" and loops(f"{reasoning or ''}{completion}")):
        return Ending.LOOPED
    if reasoning is not None and markers and not reasoning.endswith(markers[1]):
        return Ending.THINKING
    return Ending.CUT if finish_reason == "length" else Ending.ENDED


def loops(text: str) -> bool:
    """True if the text ends with a block of at most 1,000 characters, written at least four times in a row.

    The repeated part must have at least 200 characters; the last block may be incomplete. A run of digits is a number,
    not a loop. Only the last 4,000 characters are read: at most 1,000 comparisons of their ends, whatever the text's
    length.
    """
    # A character of several bytes that the limit cut through is decoded as a replacement character.
    tail = text[-TAIL_CHARACTERS:].rstrip("\ufffd")
    for period in range(1, TAIL_CHARACTERS // MIN_REPEATS + 1):
        length = max(MIN_REPEATS * period, MIN_LOOP_CHARACTERS)
        if length > len(tail):
            return False
        repeated = tail[-1] == tail[-1 - period] and tail[-length:-period] == tail[period - length :]
        if repeated and not tail[-length:].isdigit():
            return True
    return False
