"""Division of a completion's text into a thinking model's reasoning and its answer, by the markers."""

from __future__ import annotations

from collections.abc import Sequence


def divided(text: str, markers: Sequence[str], *, opened: bool = False) -> tuple[str | None, str]:
    """The reasoning with its markers (None if there is none) and the answer; together they are the text.

    A completion contains reasoning if it begins with the opening marker, begins inside the reasoning (`opened`), or
    has a closing marker without an opening one before it. A text that only mentions a marker later has none: its answer
    starts with the first word. Without a closing marker all of it is reasoning.
    """
    if not markers:
        return None, text
    opening, closing = markers
    place = text.find(closing)
    begins = opened or text.lstrip().startswith(opening)
    closes = place >= 0 and (begins or opening not in text[:place])
    if not begins and not closes:
        return None, text
    if place < 0:
        return text, ""
    end = place + len(closing)
    return text[:end], text[end:]
