"""Options on items and their answers: the help that commands share, and lists typed as text."""

from __future__ import annotations

from typing import Literal

from skillprobe_core.errors import SettingsError

TOKEN_LIMIT = (
    "Token limit of a completion (default: that of the settings, else 1,024, or twice the item's reference where that "
    "is longer)."
)
THINKING = "Turn the template's thinking on; completions may have 8,192 tokens and end when they repeat themselves."


READINGS = (
    "Readings of the answers next to the fair one, for example forced,elicited; see `readings` in docs/analysis.md."
)
LEVELS = "Difficulty levels, for example 1,2, or auto for those that a pilot on the base chooses."


def levels_of(text: str | None) -> list[int] | Literal["auto"] | None:
    """The levels in `1,2`, or the word `auto`; raises SettingsError for other text."""
    if text is None:
        return None
    if text == "auto":
        return "auto"
    try:
        return [int(level) for level in text.split(",")]
    except ValueError as error:
        raise SettingsError(
            f"--levels: expected comma-separated integers from 1, or auto, got {text!r}",
            remedy="write for example --levels 1,2",
        ) from error


def names_of(text: str | None) -> list[str] | None:
    """The names in `gsm8k,arc`."""
    return None if text is None else [name for name in text.split(",") if name]
