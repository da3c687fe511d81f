"""Edit a strand of DNA.

It needs simulation: each edit acts on the strand that the last one left. The edits are stated in plain words, no
biology is recalled, there is no arithmetic, nothing is listed or judged. Levels raise the length of the strand and the
number of edits. From level 6 on, edits are numbered and carried out in a long order. Nearly all of them can be undone:
one that makes two bases alike forgets the strand, and the last edits alone would decide.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import at_landmarks, choices, listed, rungs, worked
from skillprobe_core.benchmark.ladder import LADDER

_LENGTH = {1: 4, 2: 5, 3: 6, 4: 8, 5: 11, **dict.fromkeys(range(LADDER, 13), 11)}
_EDITS = {1: 2, 2: 3, 3: 5, 4: 8, 5: 14, **rungs(28, 7)}
_BASES = "ACGT"
_Edit = tuple[str, str, Callable[[list[str]], list[str]]]
_REORDERING: tuple[_Edit, ...] = (
    ("reverse the order", "reverse", lambda strand: strand[::-1]),
    ("move the first base to the end", "first to end", lambda strand: [*strand[1:], strand[0]]),
    ("move the last base to the front", "last to front", lambda strand: [strand[-1], *strand[:-1]]),
    ("swap the first two bases", "swap first two", lambda strand: [strand[1], strand[0], *strand[2:]]),
)
_TEMPLATES = ("strand", "lab")


def _edit(strand: list[str], level: int, rng: random.Random) -> tuple[str, str, list[str]]:
    """One edit as a phrase, as a short name, and the strand that it makes."""
    shapes = ["reverse", "first", "front", "change"]
    if level > 1:
        shapes.append("add")
        if len(strand) > 3:
            shapes.append("drop")
    shape = rng.choice(shapes)
    base, other = rng.sample(_BASES, 2)
    if shape == "reverse":
        return "reverse the order", "reverse", strand[::-1]
    if shape == "first":
        return "move the first base to the end", "first to end", [*strand[1:], strand[0]]
    if shape == "front":
        return "move the last base to the front", "last to front", [strand[-1], *strand[:-1]]
    if shape == "change":
        present = rng.choice(strand)
        other = rng.choice([b for b in _BASES if b != present])
        return (
            f"change every {present} to {other}",
            f"{present} to {other}",
            [other if b == present else b for b in strand],
        )
    if shape == "drop":
        return "remove the first base", "remove first", strand[1:]
    return f"add {base} at the end", f"add {base}", [*strand, base]


def _exchange(one: str, two: str) -> _Edit:
    names = {one: two, two: one}
    phrase = f"change every {one} to {two} and every {two} to {one}"
    return phrase, f"{one} and {two}", lambda strand: [names.get(base, base) for base in strand]


def _numbered(rng: random.Random) -> list[_Edit]:
    """The edits of one question of the ladder; the last two add and remove a base."""
    base = rng.choice(_BASES)
    add: _Edit = (f"add {base} at the end", f"add {base}", lambda strand: [*strand, base])
    drop: _Edit = ("remove the first base", "remove first", lambda strand: strand[1:])
    one, two, three = rng.sample(_BASES, 3)
    return [*_REORDERING, _exchange(one, two), _exchange(two, three), add, drop]


def _order(edits: list[_Edit], strand: list[str], count: int, rng: random.Random) -> tuple[list[int], list[list[str]]]:
    """Places of edits, and the strand after each; the longer the order, the rarer bases are added or removed.

    An edit that changes nothing is not repeated at once, so that no solution looks like a loop.
    """
    *others, add, drop = range(len(edits))
    often = others * (count // _EDITS[LADDER])
    order: list[int] = []
    strands: list[list[str]] = []
    for _ in range(count):
        bounded = [place for place, allowed in ((add, len(strand) < 13), (drop, len(strand) > 9)) if allowed]
        place = rng.choice([*often, *bounded])
        while place in order[-1:] and edits[place][2](strand) == strand:
            place = rng.choice([*often, *bounded])
        order.append(place)
        strand = edits[place][2](strand)
        strands.append(strand)
    return order, strands


def _in_long_order(level: int, rng: random.Random) -> Drafting:
    """Draw a strand, numbered edits and their order; what they make is not a part of the strand."""
    start, strands = "", [[""]]
    while listed(strands[-1]) in start:
        strand = choices(rng, _BASES, _LENGTH[level])
        start = listed(strand)
        edits = _numbered(rng)
        order, strands = _order(edits, strand, _EDITS[level], rng)
    template = rng.choice(_TEMPLATES)
    explained = ", ".join(f"({place}) {phrase}" for place, (phrase, _, _) in enumerate(edits, start=1))
    numbers = listed([place + 1 for place in order])
    if template == "strand":
        prompt = (
            f"A DNA strand is {start}. There are these edits: {explained}. Carry them out in this order: {numbers}. "
            "Give the final strand, with commas between the bases."
        )
    else:
        prompt = (
            f"A lab has the DNA strand {start}. Its machine has these programs: {explained}. It runs them in this "
            f"order: {numbers}. What is the strand after that? Separate the bases with commas."
        )
    yield prompt
    states = [listed(strand) for strand in strands]
    steps = [start, *(f"{edits[place][1]}: {state}" for place, state in zip(order, states, strict=True))]
    evidence = at_landmarks(states)
    return Draft(prompt, states[-1], worked(steps, states[-1]), template, 0.007, evidence=evidence, steps=len(order))


def _one_by_one(level: int, rng: random.Random) -> Drafting:
    """Draw a strand and its edits; what they make is not a part of it."""
    start, strands = "", [[""]]
    while listed(strands[-1]) in start:
        strand = choices(rng, _BASES, _LENGTH[level])
        start = listed(strand)
        phrases: list[str] = []
        names: list[str] = []
        strands = []
        for _ in range(_EDITS[level]):
            phrase, name, strand = _edit(strand, level, rng)
            phrases.append(phrase)
            names.append(name)
            strands.append(strand)
    template = rng.choice(_TEMPLATES)
    if template == "strand":
        prompt = (
            f"A DNA strand is {start}. In order, {', then '.join(phrases)}. Give the final strand, "
            "with commas between the bases."
        )
    else:
        prompt = (
            f"A lab has the DNA strand {start}. It carries out these steps: {'; '.join(phrases)}. "
            "What is the strand after that? Separate the bases with commas."
        )
    yield prompt
    states = [listed(strand) for strand in strands]
    steps = [start, *(f"{name}: {state}" for name, state in zip(names, states, strict=True))]
    chance = {1: 0.022, 2: 0.006, 3: 0.006, 4: 0.006, 5: 0.007}[level]
    return Draft(
        prompt, states[-1], worked(steps, states[-1]), template, chance, evidence=tuple(states), steps=len(states)
    )  # fmt: skip


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one strand and its edits."""
    return _one_by_one(level, rng) if level < LADDER else _in_long_order(level, rng)


KIND = Kind(
    "strand_edits", 2, Skill.SIMULATION, Domain.SCIENCE, AnswerType.SEQUENCE, draft, levels=tuple(_EDITS), order=3,
    grows="edits, up to 1,792",
)  # fmt: skip
