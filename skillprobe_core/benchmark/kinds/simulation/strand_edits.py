"""Edit a strand of DNA.

It needs simulation: each edit acts on the strand that the last one left. The edits are stated in plain words, no
biology is recalled, there is no arithmetic, nothing is listed or judged. Levels raise the length of the strand and the
number of edits.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices, listed, worked

_LENGTH = {1: 4, 2: 5, 3: 6, 4: 8, 5: 11}
_EDITS = {1: 2, 2: 3, 3: 5, 4: 8, 5: 14}
_BASES = "ACGT"
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


def draft(level: int, rng: random.Random) -> Drafting:
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
    return Draft(prompt, states[-1], worked(steps, states[-1]), template, chance, evidence=tuple(states))


KIND = Kind("strand_edits", 2, Skill.SIMULATION, Domain.SCIENCE, AnswerType.SEQUENCE, draft, order=3)
