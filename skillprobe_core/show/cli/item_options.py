"""Options that are lists: the text that was typed as values."""

from __future__ import annotations

from skillprobe_core.errors import SettingsError


def levels_of(text: str | None) -> list[int] | None:
    """The levels in `1,2`; raises SettingsError for other text."""
    if text is None:
        return None
    try:
        return [int(level) for level in text.split(",")]
    except ValueError as error:
        raise SettingsError(
            f"--levels: expected comma-separated integers from 1 to 5, got {text!r}",
            remedy="write for example --levels 1,2",
        ) from error


def sources_of(text: str | None) -> list[str] | None:
    """The names in `gsm8k,arc`."""
    return None if text is None else [name for name in text.split(",") if name]
