"""Twins of checks: a number that the first wrong step depends on cannot be read.

Only items are used whose first wrong step is not before the hidden number: with one value the step is right, and with
another it is the first wrong one.
"""

from __future__ import annotations

import random
import re

from .twin import Twin, TwinKind

_HIDDEN = "[illegible]"
_STEP = re.compile(r"Step 1: \d+ [-+*] (\d+) = \d+\.")
_GIVEN = re.compile(r"\b(\w+) = (\d+) ([^\s,]+?)(?=,|\.(?:\s|$)| and)")
_FIRST_LAW = re.compile(r"Step 1: \w+ = \d+ \* \d+\.")
_LAW = re.compile(r"\b\w+ = (\w+) \* (\w+)\b")
_EQUATION = re.compile(r"\((\d+)\) ([^;.]+?)(?=[;.])")
_COEFFICIENT = re.compile(r"(?:^|(?<=\+ )|(?<=> ))(\d+)(?= \w)")


def _hidden(prompt: str, start: int, end: int, removed: str) -> Twin:
    """The twin with an unreadable number at a place, and the prompt with the number that is one larger there."""
    before, number, after = prompt[:start], int(prompt[start:end]), prompt[end:]
    return Twin(f"{before}{_HIDDEN}{after}", removed, (prompt, f"{before}{number + 1}{after}"))


def _without_operand(prompt: str, answer: str, _: random.Random) -> Twin | None:
    """A chain whose first step has an unreadable operand."""
    found = _STEP.search(prompt)
    return None if found is None or answer == "1" else _hidden(prompt, *found.span(1), "second number of step 1")


def _without_given(prompt: str, answer: str, rng: random.Random) -> Twin | None:
    """Laws of which the first is applied to a value that is not among the given ones."""
    head = prompt.partition("Step 1:")[0]
    given, law = list(_GIVEN.finditer(head)), _LAW.search(head)
    if answer == "1" or law is None or _FIRST_LAW.search(prompt) is None:
        return None
    symbol = rng.choice(law.groups())
    found = next((each for each in given if each[1] == symbol), None)
    if found is None or len(given) < 2:
        return None
    place = given.index(found)
    # With the comma that sets it apart: the one behind it, or before it at the end.
    start, end = (found.start(), given[1].start()) if place == 0 else (given[place - 1].end(), found.end())
    stated = f"{found[1]} = {int(found[2]) + 1} {found[3]}"
    return Twin(
        f"{prompt[:start]}{prompt[end:]}",
        f"value of {found[1]}",
        (prompt, f"{prompt[: found.start()]}{stated}{prompt[found.end() :]}"),
    )


def _without_coefficient(prompt: str, answer: str, rng: random.Random) -> Twin | None:
    """Equations of which one that comes before the first wrong one has an unreadable coefficient."""
    equations = [each for each in _EQUATION.finditer(prompt) if answer == "0" or int(each[1]) < int(answer)]
    places = [
        (equation[1], equation.start(2) + found.start(), equation.start(2) + found.end())
        for equation in equations
        for found in _COEFFICIENT.finditer(equation[2])
    ]
    if not places:
        return None
    number, start, end = rng.choice(places)
    return _hidden(prompt, start, end, f"a coefficient of equation {number}")


ARITHMETIC_CHAIN = TwinKind("arithmetic_chain", _without_operand)
LAW_APPLICATION = TwinKind("law_application", _without_given)
UNBALANCED_EQUATION = TwinKind("unbalanced_equation", _without_coefficient)
