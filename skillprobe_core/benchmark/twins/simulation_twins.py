"""Twins of simulations: the state at the start, or a part of it, is not stated."""

from __future__ import annotations

import random
import re

from .twin import Twin, TwinKind

_NUMBER = re.compile(r"(?P<before>Start with|starting with) (?P<number>\d+)(?=\.)")
_ROW = re.compile(r"(?P<before>In the row|Take the row) (?P<row>\d+(?:, \d+)+)(?=, swap|\. First)")
_STRAND = re.compile(r"(?:A DNA strand is|A lab has the DNA strand) (?P<strand>[ACGT](?:, [ACGT])+)\. ")
_COLOURS = ("orange", "purple", "brown", "silver", "yellow", "violet", "turquoise", "copper")


def _without_number(prompt: str, _: str, __: random.Random) -> Twin | None:
    """A rule on last digits without the first number: 10 more at the start is 10 more at the end."""
    found = _NUMBER.search(prompt)
    if found is None:
        return None
    number = found["number"]
    before, after = f"{prompt[: found.start()]}{found['before']} ", prompt[found.end() :]
    return Twin(f"{before}a number{after}", "first number", (prompt, f"{before}{int(number) + 10}{after}"))


def _without_row(prompt: str, _: str, __: random.Random) -> Twin | None:
    """Swaps on a row of which only the length is known; different rows stay different under the same swaps."""
    found = _ROW.search(prompt)
    if found is None:
        return None
    row = found["row"].split(", ")
    verb = found["before"].split()[0]
    before, after = prompt[: found.start()], prompt[found.end() :]
    return Twin(
        f"{before}{verb} a row of {len(row)} numbers{after}",
        "numbers in the row",
        (prompt, f"{before}{found['before']} {', '.join(reversed(row))}{after}"),
    )


def _without_strand(prompt: str, _: str, __: random.Random) -> Twin | None:
    """Edits of an unknown strand; each edit changes the lengths of all strands by the same number."""
    found = _STRAND.search(prompt)
    if found is None:
        return None
    strand = found["strand"]
    short = "There is a DNA strand. " if prompt.startswith("A DNA strand is") else "A lab has a DNA strand. "
    before, after = prompt[: found.start()], prompt[found.end() :]
    longer = found[0].replace(strand, f"{strand}, {strand[-1]}")
    return Twin(f"{before}{short}{after}", "bases of the strand", (prompt, f"{before}{longer}{after}"))


def _without_colour(prompt: str, answer: str, __: random.Random) -> Twin | None:
    """Swapped balls of which the one in question has no stated colour at the start."""
    found = re.search(rf"(\w+) has the {re.escape(answer)} ball", prompt)
    if found is None:
        return None
    other = next(colour for colour in _COLOURS if colour != answer and colour not in prompt)
    return Twin(
        prompt.replace(found[0], f"{found[1]} has a ball"),
        f"colour of {found[1]}'s ball at the start",
        (prompt, prompt.replace(found[0], f"{found[1]} has the {other} ball")),
    )


ITERATED_RULE = TwinKind("iterated_rule", _without_number)
ROW_SWAPS = TwinKind("row_swaps", _without_row)
STRAND_EDITS = TwinKind("strand_edits", _without_strand)
BALL_SWAPS = TwinKind("ball_swaps", _without_colour)
