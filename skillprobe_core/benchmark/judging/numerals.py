"""Numbers in a text already made `clean`, each with its value, its place and its form.

More conventions are read than in `notation`: blanks, apostrophes and points between thousands, decimal commas, mixed
numbers, percent, powers of ten, `million`, a sign with a blank after it. A number that is part of a formula (`5x`,
`√16`, `2^10`) has no value, so that it is never taken for the answer.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from .notation import MAX_NUMBER_CHARACTERS
from .worded_numbers import SCALES, cardinals


class Numeral(NamedTuple):
    """A number in a text.

    value: None for a part of a formula, or for a division by zero.
    percent: True if a percent sign or word follows; the value is the number in front of it.
    scale: the factor of a word such as `million` that follows, already in the value; else 1.
    division: True if it is written with a division bar.
    """

    value: Fraction | None
    start: int
    end: int
    percent: bool = False
    scale: int = 1
    division: bool = False


_DIGITS = r"""(?>
    (?P<commas>\d{1,3}(?>,\d{3})+(?![\d,]))(?>\.(?P<c_dec>\d++))?
  | (?P<lakh>\d{1,2}(?>,\d{2})+,\d{3}(?![\d,]))
  | (?P<blanks>\d{1,3}(?>[ ']\d{3})+(?![\d]))(?>[.,](?P<b_dec>\d++))?
  | (?P<points>\d{1,3}(?:(?>(?:\.\d{3}){2,})(?!\.?\d)|(?>(?:\.\d{3})+)(?=,\d{1,2}(?![\d,]))))(?>,(?P<p_dec>\d++))?
  | (?P<under_>\d{1,3}(?>_\d{3})+(?!\d))
  | (?P<point>\d*+\.\d++)(?P<dots>\.{3})?
  | (?<![(\[{])(?<!\d,)(?P<comma>(?>\d++,(?>\d{1,2}|\d{4,})|0,\d++)(?![\d,]|\ ?,\ ?\d))
  | (?P<whole>\d++)
)"""
_NUMERAL = re.compile(
    rf"""(?<![0-9A-Za-z_.^\u00aa-\u10ff])(?<!\^-)(?<!\^\ )(?<!\^\{{)(?<!\^\{{-)
    (?P<sign>[-+]\ ?)?
    (?:(?P<mixed>\d{{1,9}})(?:\ |\ and\ )(?P<over>\d{{1,9}})/(?P<below>\d{{1,9}})(?![\w/]|\.\d)
      |{_DIGITS}
       (?>[eE](?P<e>[-+]?\d{{1,3}})(?!\w)
         |\ ?(?:\*|[xX](?=\ ?10\ ?(?:\^|\*\*)))\ ?10\ ?(?:\^|\*\*)\ ?\{{?\ ?(?P<power>[-+]?\ ?\d{{1,3}}(?!\d))\ ?\}}?)?
       (?>\ ?/\ ?(?P<under>\d{{1,3}}(?>,\d{{3}})+(?![\d,])|\d++(?>\.\d++)?)(?!\.\d))?
    )
    (?P<ordinal>(?:st|nd|rd|th)\b)?""",
    re.VERBOSE,
)
_POWER_OF_TEN = re.compile(r"(?P<sign>-\ ?)?10\ ?(?:\^|\*\*)\ ?[{(]?\ ?(?P<power>-?\d{1,3})(?!\d)\ ?[)}]?")
_PERCENT = re.compile(r"\ ?(?:%|percent(?:age)?\b|per\ cent\b|pct\b)", re.IGNORECASE)
_SCALE = re.compile(
    r"[ -]?(hundred|thousand|million|billion|trillion|dozen)s?\b|\ ?(mn|bn)\b|(万|萬|億|亿)", re.IGNORECASE
)
_SHORT = {"mn": 10**6, "bn": 10**9, "万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8}
# Glued to the number: a variable, a root, pi, a power, a bracket that is multiplied, a hexadecimal literal.
_FUNCTIONS = r"\\(?:sqrt|pi|theta|alpha|beta|phi|lambda|log|ln|sin|cos|tan)"
_FORMULA_AFTER = re.compile(
    rf"\ ?[\u03c0\u221a^]|\ ?\*\ ?[a-zA-Z\u03c0\u221a(\\]|(?:\ ?\*\ ?)?{_FUNCTIONS}"
    r"|[xX][0-9a-fA-F]|[nkpqrijxyz](?![\w'])|\ [xyzn](?=\s*(?:$|[-+*/^=)]))|e(?:\^|$)|[a-z]\^"
    r"|[A-Z]{1,8}\d|[A-F]{2,8}\b"
    r"|[a-z][xyz](?=\s*(?:$|[-+*/^=]))|\(|\.\d|_\w|!(?=[-+*/(=\d]|\ [a-z])|\{"
)
_FORMULA_BEFORE = re.compile(
    r"(?:[\u221a^_]|\u221a\ ?[({]|\\[a-zA-Z]{1,12}\ ?[{(]?|\b(?:sqrt|log|ln|sin|cos|tan|exp)\ ?[({]?|\b[a-zA-Z]\("
    r"|[\u03c0)]\ ?\*\ ?|[\u03c0)])$"
)
_MINUS_WORD = re.compile(r"(?:^|[^\d\s])\s?\b(minus|negative)\s$", re.IGNORECASE)
_UNIT_LETTERS = re.compile(r"(?:k|n)(?:m|g|W|B|V|A|N|J|Hz|Pa|s)\b")


def numerals(text: str) -> list[Numeral]:
    """The numbers of a clean text, from left to right; numbers in words only where there are no digits."""
    found: list[Numeral] = []
    place = 0
    for match in _NUMERAL.finditer(text):
        if match.start() < place:
            continue
        power = _POWER_OF_TEN.match(text, match.start())
        if power and len(power[0]) > len(match[0]):
            value = Fraction(10) ** int(power["power"])
            each = Numeral(-value if power["sign"] else value, match.start(), power.end())
        else:
            each = _numeral(text, match)
        found.append(each)
        place = each.end
    if found:
        return found
    return [Numeral(each.value, each.start, each.end) for each in cardinals(text)]


def _numeral(text: str, match: re.Match[str]) -> Numeral:
    start, end = match.span()
    sign = match["sign"]
    if sign and _is_binary(text, start):
        start, sign = start + len(sign), None
    word = None if sign else _MINUS_WORD.search(text, max(0, start - 12), start)
    if word:
        start, sign = word.start(1), "-"
    division = bool(match["under"] or match["below"])
    value = None if end - start > MAX_NUMBER_CHARACTERS else _value(match)
    if value is not None and sign and sign[0] == "-":
        value = -value
    if _FORMULA_BEFORE.search(text, max(0, start - 16), start):
        return Numeral(None, start, end)
    if _FORMULA_AFTER.match(text, end) and not _UNIT_LETTERS.match(text, end):
        return Numeral(None, start, end)
    scale = 1
    word = _SCALE.match(text, end)
    if word and value is not None and not match["ordinal"]:
        name = (word[1] or word[2] or word[3]).casefold()
        scale = SCALES.get(name) or _SHORT[name]
        thousands = _SCALE.match(text, word.end()) if name == "hundred" else None
        if thousands and thousands[1]:
            scale, word = scale * SCALES[thousands[1].casefold()], thousands
        value, end = value * scale, word.end()
    percent = _PERCENT.match(text, end)
    return Numeral(value, start, percent.end() if percent else end, bool(percent), scale, division)


def _is_binary(text: str, start: int) -> bool:
    """True if a sign joins two terms: `3 - 3`, `x-3`, and not a dash after a word with blanks around the number."""
    before = text[max(0, start - 2) : start]
    last = before.rstrip(" ")[-1:]
    return bool(last) and (last.isdigit() or last in ")%}]" or (last.isalpha() and last == before[-1:]))


def _value(match: re.Match[str]) -> Fraction | None:
    if match["mixed"]:
        below = int(match["below"])
        return Fraction(int(match["mixed"])) + Fraction(int(match["over"]), below) if below else None
    value = _stated(match)
    shift = match["e"] or match["power"]
    if shift:
        value *= Fraction(10) ** int(shift.replace(" ", ""))
    if match["under"]:
        under = Fraction(match["under"].replace(",", ""))
        return value / under if under else None
    return value


def _stated(match: re.Match[str]) -> Fraction:
    for whole, decimals in (("commas", "c_dec"), ("blanks", "b_dec"), ("points", "p_dec")):
        if match[whole]:
            digits = re.sub(r"\D", "", match[whole])
            return Fraction(f"{_ascii(digits)}.{_ascii(match[decimals] or '0')}")
    for whole in ("lakh", "under_", "whole"):
        if match[whole]:
            return Fraction(int(re.sub(r"\D", "", match[whole])))
    if match["comma"]:
        return Fraction(_ascii(match["comma"]).replace(",", "."))
    value = Fraction(_ascii(match["point"]))
    return _repeating(_ascii(match["point"])) if match["dots"] else value


def _ascii(digits: str) -> str:
    """Digits of any script as ASCII digits."""
    return digits if digits.isascii() else "".join(str(int(each)) if each.isdigit() else each for each in digits)


def _repeating(text: str) -> Fraction:
    """The value of a decimal with dots after it: its last digits repeat for ever if they do so already."""
    whole, decimals = text.split(".")
    for period in (1, 2, 3, 6):
        block = decimals[-period:]
        repeated = len(decimals) - len(re.sub(f"(?:{block})+$", "", decimals))
        if len(block) == period and repeated >= max(2 * period, 3):
            fixed = decimals[:-period]
            start = Fraction(f"{whole or '0'}.{fixed or '0'}")
            return start + Fraction(int(block), 10 ** len(fixed) * (10**period - 1))
    return Fraction(text)
