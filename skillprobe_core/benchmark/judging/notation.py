"""Parsing of numbers, lists and names as people and models write them, without guessing and in bounded time.

Every pattern here is linear in its input (possessive quantifiers, bounded gaps), and digits are counted before they
are converted, so that no completion can make a check hang.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

MAX_NUMBER_CHARACTERS = 400
MAX_LIST_ELEMENTS = 2000

# Dashes that stand for a minus, spaces other than line ends, and the fraction slash.
_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
    }
    | {"\u2044": "/", "\u00d7": "*", "\u2192": "->", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
)
_LATEX_FRACTION = re.compile(r"(\d?)\\[dt]?frac\s?\{\s?(-?\d{1,400})\s?\}\s?\{\s?(\d{1,400})\s?\}")
_LATEX_WRAPPED = re.compile(r"\\(?:text|mathrm|mathbf|textbf|mathit|operatorname)\s?\{([^{}]{0,400})\}")
_LATEX_SPACE = re.compile(r"\\[,;:!> ]|\\(?:left|right|quad|displaystyle)\b|~")
_LATEX_ESCAPED = re.compile(r"\\([{}%$#_&])")
_LATEX_DELIMITER = re.compile(r"\\[()\[\]]|[$\u20ac\u00a3\u00a5]")
_THOUSANDS_BRACE = re.compile(r"(?<=\d)\{,\}(?=\d)")

# A mixed number such as `1 1/2`; or a sign, digits (in groups of three or not), decimals, a power of ten, a
# denominator. Not part of a word, of a version such as 1.2.3, of a hexadecimal literal or of an exponent, nor itself
# raised to a power.
_NUMBER = re.compile(
    r"""(?<![\w.^])(?<!\^-)(?<!\^[ ])(?<!\^\{)(?<!\^\{-)
    (?:(?P<whole>-?\d{1,9})\ (?P<over>\d{1,9})/(?P<below>\d{1,9})(?![\w/]|\.\d)
    |(?P<value>[-+]?(?>(?>\d{1,3}(?>,\d{3})+(?!\d)|\d++)(?>\.\d++)?|\.\d++))
    (?>[eE](?P<e>[-+]?\d{1,3})(?!\w)
      |\ ?(?:\*|\\times|\\cdot)\ ?10\^\{?(?P<power>[-+]?\d{1,3}(?!\d))\}?)?
    (?>\ ?/\ ?(?P<under>\d++)(?!\.\d))?
    (?!\ ?\^|[xX][0-9a-fA-F]|\.\d))""",
    re.VERBOSE,
)
_SEPARATOR = re.compile(r"\s*(?:[,;\n]|->|\\to\b)\s*(?:and\s+)?|\s+and\s+")
_EMPTY_LISTS = frozenset({"", "none", "empty", "nothing", "\u2205", "\\emptyset", "\\varnothing", "empty set"})
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_ARTICLE = re.compile(r"^(?:the|an|a) (?=\S)")
_ENDS = " \t\r\n.,;:!?\"'`*"
_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">"}


def plain(text: str) -> str:
    """The text without LaTeX mark-up, currency signs, bold marks and typographic variants of minus and space."""
    if not text.isascii():
        text = text.translate(_CHARACTERS)
    if "\\" in text or "{" in text:
        text = _THOUSANDS_BRACE.sub(",", text)
        text = _LATEX_WRAPPED.sub(r" \1 ", text)
        text = _LATEX_FRACTION.sub(lambda m: f"{m[1]} {m[2]}/{m[3]}" if m[1] else f"{m[2]}/{m[3]}", text)
        text = _LATEX_SPACE.sub("", text)
        text = _LATEX_ESCAPED.sub(r"\1", text)
    if "\\" in text or "$" in text or not text.isascii():
        text = _LATEX_DELIMITER.sub("", text)
    return text.replace("**", "")


def fraction(text: str) -> Fraction:
    """The value of a whole number, a decimal or a fraction; ValueError for any other text."""
    return Fraction(text) if "." in text or "/" in text else Fraction(int(text))


def _value(match: re.Match[str]) -> Fraction | None:
    if len(match[0]) > MAX_NUMBER_CHARACTERS:
        return None
    whole, over, below, stated, e, power, under = match.groups()
    if whole:
        if not int(below):
            return None
        part = Fraction(int(over), int(below))
        return int(whole) - part if whole.startswith("-") else int(whole) + part
    value = fraction(stated.replace(",", ""))
    if e or power:
        value *= Fraction(10) ** int(e or power)
    if under:
        return value / int(under) if int(under) else None
    return value


def number_texts(text: str) -> list[str]:
    """The numbers of a text already made `plain`, in order, as written; mixed numbers such as `1 1/2` stay whole."""
    return [match[0] for match in _NUMBER.finditer(text)]


def number(text: str, *, slash: bool = True) -> Fraction | None:
    """The one value that the text states, ignoring words and units around it.

    None if it states no number or two different ones, or (without `slash`) if a division is left to do.
    """
    found: Fraction | None = None
    for match in _NUMBER.finditer(plain(text)):
        value = _value(match) if slash or "/" not in match[0] else None
        if value is None or (found is not None and value != found):
            return None
        found = value
    return found


def bare(text: str) -> str:
    """The text without enclosing brackets, quotes and closing punctuation."""
    text = text.strip(_ENDS)
    while len(text) > 1 and _BRACKETS.get(text[0]) == text[-1]:
        text = text[1:-1].strip(_ENDS)
    return text


def words(text: str) -> str:
    """A name's form for comparison: no case, accents, articles or hyphens, single spaces."""
    text = plain(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(character for character in text if not unicodedata.combining(character))
    text = bare(text.casefold())
    if "-" in text:
        text = _HYPHEN.sub(" ", text)
    return _ARTICLE.sub("", " ".join(text.split()))


def elements(text: str) -> list[str]:
    """The elements of a list written with commas, semicolons, arrows, `and` or line ends; [] for `none`."""
    text = bare(plain(text))
    if text.casefold() in _EMPTY_LISTS:
        return []
    return [bare(part) for part in _SEPARATOR.split(text, maxsplit=MAX_LIST_ELEMENTS)]
