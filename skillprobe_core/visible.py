"""Text as it is: every character that would draw nothing, or act on the terminal, as an escape."""

from __future__ import annotations

import re
import unicodedata

# Controls, formats, lone surrogates, private and unassigned characters, line and paragraph separators.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks by category that are blank nevertheless: fillers, and selectors that few fonts know.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0\U000e0100-\U000e01ef]")
# Formats by category that are drawn: the signs that Arabic, Syriac and Kaithi put around a number or word.
_DRAWN = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
_SELECTOR = re.compile("[\ufe00-\ufe0f]")
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")
_NON_JOINER, _JOINER = "\u200c", "\u200d"
# The flags of England, Scotland and Wales are the only emoji that are spelled with tag characters.
_FLAGS = "|".join(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)
_MARKDOWN = re.compile(r"[\\`*\[\]<>&|~]|(?<!\w)_|_(?!\w)")
_TO_LOOK_AT = re.compile(f"{_FLAGS}|[^ -~]")


def visible(text: object) -> str:
    r"""The text on one line, with escapes (`\n`, `\x1b`, `\u202e`) for what would not be seen as itself.

    Escaped are control characters, among them newline and tab, bidirectional and other format characters, zero-width
    characters, blank fillers, line and paragraph separators, lone surrogates, and private and unassigned characters.
    The escapes are those of Python's string literals. Everything else stays, letters of any script, combining marks
    and emoji, and so do the joiners inside an emoji or between letters that need them.

    Backslashes are not doubled, so that LaTeX reads as it was written: an escape may stand for the character or for
    its own letters. Nothing is ever left out.
    """
    return _TO_LOOK_AT.sub(_shown, str(text))


def visible_lines(text: object) -> str:
    """The same for text of several lines: newlines stay."""
    return "\n".join(visible(line) for line in str(text).split("\n"))


def visible_markdown(text: object) -> str:
    """The same for a cell of a Markdown table: it reads as the text, neither markup nor HTML."""
    return _MARKDOWN.sub(r"\\\g<0>", visible(text))


def _shown(found: re.Match[str]) -> str:
    character, start, end = found[0], found.start(), found.end()
    before, after = found.string[max(start - 1, 0) : start], found.string[end : end + 1]
    if len(character) > 1 or _is_drawn(character, before, after):
        return character
    return character.encode("unicode_escape").decode("ascii")


def _is_drawn(character: str, before: str, after: str) -> bool:
    if character in (_NON_JOINER, _JOINER):
        return _joins(character, before, after)
    if _SELECTOR.match(character):  # one to a character; a row of them hides a message
        return before.isprintable() and not before.isspace() and before != "" and not _SELECTOR.match(before)
    if unicodedata.category(character) in _HIDDEN_CATEGORIES:
        return bool(_DRAWN.match(character))
    return not _BLANK.match(character)


def _joins(joiner: str, before: str, after: str) -> bool:
    """Report if a joiner is part of spelling: in an emoji, after a virama, or between Arabic letters."""
    if not before or not after:
        return False
    if unicodedata.combining(before) == 9:
        return True
    if unicodedata.bidirectional(after) == "AL":
        return unicodedata.bidirectional(before) in ("AL", "NSM")
    emoji = unicodedata.category(before) == "So" or _SKIN.match(before)
    return joiner == _JOINER and bool(emoji) and unicodedata.category(after) == "So"
