"""Twins of enumerations: a list, or an entry of one, through which the cases run is not stated."""

from __future__ import annotations

import random
import re

from .twin import Twin, TwinKind

_FREE = re.compile(r"(\w+) is free on ([^.]+)\.")
_LIST = re.compile(r"a = \[(\d+(?:, \d+)+)\]")
_AXIS = re.compile(r"(\w+s) \((\w+(?:, \w+)+)\)")
_UNNAMED = ("alpha", "beta")


def _without_times(prompt: str, answer: str, rng: random.Random) -> Twin | None:
    """Free times of which one person's are missing: any slot may be common to all, or not."""
    people = _FREE.findall(prompt)
    common = answer.split(", ")
    name, times = rng.choice(people) if people else ("", "")
    slots = [slot for _, each in people for slot in re.split(", | and ", each)]
    others = [slot for slot in slots if slot not in common]
    if not others:
        return None
    stated = f"{name} is free on {times}."
    vague = "on some days" if " " not in others[0] else "in some time slots"
    return Twin(
        prompt.replace(stated, f"{name} is free {vague}."),
        f"free times of {name}",
        (prompt, prompt.replace(stated, f"{name} is free on {others[0]}.")),
    )


def _two_values(relation: str, first: int) -> tuple[bool, int, int]:
    """Place (first or last) of a hidden value, and two values of which one makes a pair with its far end or neighbour.

    A value above all others and one below all others decide each comparison differently; the large one is odd or even
    as the relation requires.
    """
    if "is odd" in relation:
        return False, 999, 0
    if "is even" in relation:
        return True, 998, 0
    if "both even" in relation:
        return False, 998 + first % 2, 0
    if "==" in relation:
        return False, first, 999
    return "a[i] > a[j]" in relation, 999, 0


def _without_entry(prompt: str, _: str, __: random.Random) -> Twin | None:
    """A list with an entry that cannot be read."""
    found = _LIST.search(prompt)
    relation = re.search(r"(?:such that|true that|for which) (a\[i\].*?)(?:\?|\. Positions)", prompt)
    if found is None or relation is None:
        return None
    entries = found[1].split(", ")
    at_start, one, other = _two_values(relation[1], int(entries[0]))
    place = 0 if at_start else len(entries) - 1

    def with_entry(value: object) -> str:
        return prompt.replace(found[1], ", ".join([*entries[:place], str(value), *entries[place + 1 :]]), 1)

    return Twin(with_entry("?"), f"entry at position {place}", (with_entry(one), with_entry(other)))


def _without_axis(prompt: str, _: str, rng: random.Random) -> Twin | None:
    """A matrix of jobs of which one list has a name and no entries; a further entry makes further jobs."""
    axes = list(_AXIS.finditer(prompt))
    if len(axes) < 2:
        return None
    found = rng.choice(axes)
    further = next(name for name in _UNNAMED if name not in prompt)
    longer = f"{found[1]} ({found[2]}, {further})"
    return Twin(
        prompt.replace(found[0], found[1], 1), f"list of {found[1]}", (prompt, prompt.replace(found[0], longer, 1))
    )


COMMON_SLOTS = TwinKind("common_slots", _without_times)
INDEX_PAIRS = TwinKind("index_pairs", _without_entry)
BUILD_MATRIX = TwinKind("build_matrix", _without_axis)
