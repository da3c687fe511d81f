r"""Plain text from LaTeX, Markdown and typographic characters, and names in it, however they are punctuated.

A name is compared by its letters, digits and signs: `U.K.` is `UK`, `J.J. Thomson` is `J. J. Thomson`, `H_2O` is `H2O`,
while `C` and `C#`, `x^2` and `x2`, `-9` and `9` stay different.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

MAX_OCCURRENCES = 24

_SUPERSCRIPTS = str.maketrans(
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207f", "0123456789+-n"
)
_SUPERSCRIPT = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207a\u207b\u207f]+")
_VULGAR = re.compile("(?<=[0-9])(?=[\u00bc-\u00be\u2150-\u215e])")
_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u02bb\u02bc\u00b4\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u00ab\u00bb\u300c\u300d\u300e\u300f\u201e", '"'),
        "\u2014": " - ", "\u2015": " - ", "\u2044": "/", "\u00d7": "*", "\u00b7": "*", "\u22c5": "*",
        "\u2192": " -> ", "\u21d2": " -> ", "\u27f6": " -> ", "\u3002": ". ", "\u3001": ", ", "\u2022": "- ",
        "\u00df": "ss", "\u00f8": "o", "\u00d8": "O", "\u0142": "l", "\u0141": "L", "\u00e6": "ae", "\u0153": "oe",
        "\u0111": "d", "\u0110": "D", "\u0131": "i", "\u2260": " is not ",
        "&": " and ",
    }
)  # fmt: skip
_TICK = re.compile("[^\\S\n]*[\u2713\u2714\u2705]\ufe0f?")
_TAG = re.compile(r"</?(?:b|i|em|strong|code|sub|u|mark|answer)>", re.IGNORECASE)
_SUP_TAG = re.compile(r"<sup>([^<>]{1,40})</sup>", re.IGNORECASE)
_WRAPPED = re.compile(
    r"\\(?:text|textbf|textit|texttt|textrm|mathrm|mathbf|mathit|mathsf|mathcal|mathtt|operatorname|emph|ce|boxed)"
    r"\s?\{([^{}]{0,400})\}"
)
_FRACTION = re.compile(r"\\[cdt]?frac\s?(?:\{([^{}]{1,60})\}\s?\{([^{}]{1,60})\}|(\d)\s?(\d))")
_RAISED = re.compile(r"\^\s?\{([^{}]{1,40})\}")
_LOWERED = re.compile(r"_\s?\{([^{}]{0,40})\}")
_ARROW = re.compile(r"\\(?:to|rightarrow|longrightarrow|Rightarrow|mapsto)(?![a-zA-Z])")
_TIMES = re.compile(r"\\(?:times|cdot|ast)(?![a-zA-Z])")
_DEGREE = re.compile(r"\^?\s?(?:\{\s?\\circ\s?\}|\\circ(?![a-zA-Z]))|\\degree(?![a-zA-Z])")
_UNEQUAL = re.compile(r"\\neq?(?![a-zA-Z])")
_NO_SET = re.compile(r"\\(?:emptyset|varnothing)(?![a-zA-Z])")
_SPACING = re.compile(r"\\[,;:!> ]|\\(?:left|right|quad|qquad|displaystyle|bigl?|bigr|limits)(?![a-zA-Z])|~")
_DELIMITER = re.compile(r"\\[()\[\]]|\$")
_ESCAPED = re.compile(r"\\([{}%#_&])")
_COMMAND = re.compile(r"\\([a-zA-Z]+)\s?")
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})++(?!\d|,\d)")
# Runs are shortened, so that no pattern meets a long one.
_BLANKS = re.compile(r"[^\S\n]{2,}+")
_LINE_ENDS = re.compile(r"\n{3,}+")
_BRACED_COMMA = re.compile(r"(?<=\d)\{,\}(?=\d)")
_BOLD = re.compile(r"\*\*|__|(?<!\w)\*(?=\w)|(?<=\w)\*(?!\w)")
_PYTHON_POWER = re.compile(r"(?<=[\w)])\*\*(?=-?\d)")
_GREEK = {
    letter: unicodedata.name(letter).rsplit(" ", 1)[-1].lower().replace("lamda", "lambda")
    for letter in map(chr, range(0x03B1, 0x03CA))
}  # fmt: skip
_GREEK_LETTER = re.compile("[\u0370-\u03ff]")
_ORDER = re.compile(r"(?<![a-zA-Z])[Tt]heta(?=\s?\()")


def _fraction(found: re.Match[str]) -> str:
    over, below = found[1] or found[3], found[2] or found[4]
    before = " " if found.start() and found.string[found.start() - 1].isdigit() else ""
    return f"{before}{over}/{below}"


def _latex(text: str) -> str:
    text = _BRACED_COMMA.sub(",", text)
    for _ in range(3):
        text, changed = _WRAPPED.subn(_unwrapped, text)
        if not changed:
            break
    text = _DEGREE.sub("\u00b0", _FRACTION.sub(_fraction, text))
    text = _NO_SET.sub(" none ", _UNEQUAL.sub(" is not ", _TIMES.sub("*", _ARROW.sub(" -> ", text))))
    text = _DELIMITER.sub("", _SPACING.sub(" ", text))
    text = _ESCAPED.sub(r"\1", text)
    return _COMMAND.sub(lambda command: f"{command[1]} ", text).replace("\\", " ")


def _unwrapped(found: re.Match[str]) -> str:
    """The content; words in a formula keep their distance, parts of a symbol (H, SO) do not get one."""
    content = found[1]
    return f" {content} " if content.strip() in {"and", "or", "then"} else content


def plain_text(text: str, *, thousands: bool = True) -> str:
    r"""The text without LaTeX and Markdown, in plain characters, with its case, line ends and punctuation.

    Powers are written with `^`, subscripts as the bare digits, Greek letters by their names, `\\Theta(n)` as `O(n)`.
    With `thousands`, commas within one number are dropped; in a list such as `120,340` they separate numbers.
    """
    if not text.isascii():
        text = _TICK.sub("", _VULGAR.sub(" ", text))
        text = _SUPERSCRIPT.sub(lambda power: "^" + power[0].translate(_SUPERSCRIPTS), text)
        text = unicodedata.normalize("NFKC", text).translate(_CHARACTERS)
        text = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
        text = unicodedata.normalize("NFC", text)
        text = _GREEK_LETTER.sub(lambda letter: _GREEK.get(letter[0].lower(), letter[0]), text)
    else:
        text = text.replace("&", " and ") if "&" in text else text
    if "</" in text:
        text = _TAG.sub("", _SUP_TAG.sub(r"^\1", text))
    if "*" in text or "_" in text:
        text = _BOLD.sub("", _PYTHON_POWER.sub("^", text))
    if "\\" in text or "$" in text or "{" in text:
        text = _latex(text)
    if "^" in text or "_" in text:
        text = _LOWERED.sub(r"\1", _RAISED.sub(r"^\1", text))
    if thousands and "," in text:
        text = _THOUSANDS.sub(lambda number: number[0].replace(",", ""), text)
    return _BLANKS.sub(" ", _LINE_ENDS.sub("\n\n", _ORDER.sub("O", text)))


class Squeezed(NamedTuple):
    """The characters of a text that count in a comparison, and the place of each in the text."""

    characters: str
    places: tuple[int, ...]


_SOFT = frozenset(" \t'\"`_.,-*&")


def _lower(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(each.lower()[:1] or each for each in text)


def squeezed(text: str) -> Squeezed:
    """The letters, digits and signs of a text already made plain, in lower case.

    Blanks, quotes, hyphens and points between letters do not count. Between digits they do, as does a minus sign.
    """
    text = _lower(text)
    kept: list[str] = []
    places: list[int] = []
    last, end = "", len(text)
    for place, character in enumerate(text):
        if character in _SOFT:
            before = text[place - 1] if place else ""
            after = text[place + 1] if place + 1 < end else ""
            if not _counts(character, before, after, last):
                continue
        kept.append(character)
        places.append(place)
        last = character
    return Squeezed("".join(kept), tuple(places))


def _counts(character: str, before: str, after: str, last: str) -> bool:
    """True if a soft character counts between its neighbours; `last` is the last character that counted."""
    if character == ".":
        return after.isdigit()
    if character == "-":
        return (before.isdigit() and after.isdigit()) or (after.isalnum() and not before.isalnum() and before != "_")
    if character in " ,*":
        return last.isdigit() and (after.isdigit() or after == "-")
    return False


@lru_cache(maxsize=8192)
def name_form(text: str) -> str:
    """A name's form for comparison: its letters, digits and signs in lower case, without a leading article."""
    form = plain_text(text).strip(" \t\r\n,;:?\"'`").rstrip(".!")
    form = re.sub(r"^(?:the|an|a)\s+(?=\S)", "", form, flags=re.IGNORECASE)
    return squeezed(form).characters


def occurrences(form: str, text: str, within: Squeezed) -> Iterator[tuple[int, int]]:
    """The places of a name in a text as (start, end), whole words only, at most 24 of them.

    form: a name as `name_form` gives it. within: `squeezed(text)`.
    """
    count = 0
    at = within.characters.find(form) if form else -1
    while at >= 0 and count < MAX_OCCURRENCES:
        start, end = within.places[at], within.places[at + len(form) - 1] + 1
        if _begins(text, start) and _ends(text, end):
            count += 1
            yield start, end
        at = within.characters.find(form, at + 1)


def _is_wordlike(character: str) -> bool:
    """True for letters and digits of alphabets that put blanks between words, so not for Chinese, Japanese, Korean."""
    return character.isalnum() and not "\u1100" <= character <= "\u11ff" and not "\u2e80" <= character <= "\ud7ff"


def _begins(text: str, start: int) -> bool:
    before, first = text[start - 1 : start], text[start]
    if not before:
        return True
    if _is_wordlike(before) or before in "_^\\":
        return False
    further = text[start - 2 : start - 1]
    if first.isdigit() or first in "+-.":
        if before in "-+.*/" or (before == "," and further.isdigit()):
            return False
    elif before in "-/+" and further and not further.isspace():
        return before == "/"
    return before != "." or not _is_wordlike(further) or not further.isdigit()


def _ends(text: str, end: int) -> bool:
    last, after, further = text[end - 1], text[end : end + 1], text[end + 1 : end + 2]
    if not after:
        return True
    if _is_wordlike(after) or after in "_^#+" or (after == "%" and last.isdigit()):
        return False
    if after == "-" and last.isdigit() and further.isalpha():
        return True
    if after in "-/*" and further and not further.isspace():
        return after == "/" and not further.isdigit() and (not last.isdigit() or further.isalpha())
    if after == "'" and further.isalpha() and last.isalnum():
        return False
    return not (after in ".,:" and last.isdigit() and further.isdigit())
