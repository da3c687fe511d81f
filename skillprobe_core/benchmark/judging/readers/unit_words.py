"""Units of measurement behind a number: the factor to the unit that the question asks for.

`7 h` is not 7 minutes, and `2 m` is 200 cm. Only units that the question asks for by name (`how many minutes`, `in cm`)
are converted, and only to units of the same kind.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from skillprobe_core.benchmark.judging.question import MAX_QUESTION_CHARACTERS

_TIME = {
    1: "s sec secs second seconds", 60: "min mins minute minutes", 3600: "h hr hrs hour hours", 86400: "day days",
    604800: "week weeks",
}  # fmt: skip
_YEARS = {1: "month months", 12: "year years yr yrs"}
_MONEY = {1: "cent cents", 100: "dollar dollars"}
_METRIC = {
    "m": "metre", "g": "gram", "L": "litre", "N": "newton", "J": "joule", "W": "watt", "V": "volt", "A": "ampere",
    "Pa": "pascal", "Hz": "hertz",
}  # fmt: skip
_AMERICAN = {"metre": "meter", "litre": "liter", "ampere": "amp"}
_PREFIXES = {
    "": (Fraction(1), ""), "k": (Fraction(1000), "kilo"), "m": (Fraction(1, 1000), "milli"),
    "c": (Fraction(1, 100), "centi"), "M": (Fraction(10**6), "mega"),
}  # fmt: skip


def _units() -> dict[str, tuple[str, Fraction]]:
    """Each spelling of a unit, with its kind and its factor."""
    found: dict[str, tuple[str, Fraction]] = {}
    for kind, names in (("time", _TIME), ("years", _YEARS), ("money", _MONEY)):
        found |= {name: (kind, Fraction(factor)) for factor, spellings in names.items() for name in spellings.split()}
    for symbol, name in _METRIC.items():
        for short, (factor, long) in _PREFIXES.items():
            words = {f"{long}{each}" for each in (name, _AMERICAN.get(name, name))}
            found |= dict.fromkeys((f"{short}{symbol}", *words, *(f"{word}s" for word in words)), (symbol, factor))
    return found


_UNITS = _units()
_NAMES = "|".join(sorted(_UNITS, key=lambda name: (-len(name), name)))
_BEHIND = re.compile(rf"[\s~]?({_NAMES})(?![\w/^*\u00b2\u00b3]|\s?[/^*]|\s(?:per|and)\b|\s\d)")
_ASKED = re.compile(rf"\b(?:[Hh]ow\smany|in|to)\s({_NAMES})(?![\w/^*'\u00b2\u00b3-]|\s?[/^*]|\sper\b)")


def factor_behind(after: str, question: str) -> Fraction:
    """The factor by which a number counts if the unit right behind it is not the one that the question asks for.

    1 if the unit is the same, of another kind, or missing, and if the question asks for several units or for none.
    """
    found = _BEHIND.match(after[:40])
    asked = _asked(question[:MAX_QUESTION_CHARACTERS]) if found else None
    if found is None or asked is None:
        return Fraction(1)
    kind, factor = _UNITS[found[1]]
    return factor / asked[1] if kind == asked[0] else Fraction(1)


@lru_cache(maxsize=1024)
def _asked(question: str) -> tuple[str, Fraction] | None:
    units = {_UNITS[match[1]] for match in _ASKED.finditer(question)}
    return units.pop() if len(units) == 1 else None
