"""Follow a line of waiting people.

It needs simulation: each event changes the line that the last one left. There is no arithmetic, nothing is recalled,
listed or judged. Levels raise the length of the line and the number of events. From level 6 on, people only change
places: one who goes to the front or joins has no past, so that the last events alone would decide.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import at_landmarks, exercise, listed, spoken, worked
from skillprobe_core.benchmark.ladder import LADDER

_PEOPLE = ("Ann", "Ben", "Cal", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jon", "Kim", "Leo")
_LENGTH = {1: 3, 2: 4, 3: 5, 4: 6, 5: 8}
_EVENTS = {1: 2, 2: 4, 3: 6, 4: 9, 5: 16, 6: 34, 7: 74, 8: 160, 9: 348, 10: 750, 11: 1640}
_RULE = (
    "Two names mean that these two change places; one name means that this person changes places with the next in line."
)
_TEMPLATES = ("line", "shop")


def _place_change(line: list[str], rng: random.Random) -> tuple[str, str, list[str]]:
    """Two people who change places, or one who lets the next go ahead: in words, and the line after it."""
    if rng.random() < 0.5:
        one, two = rng.sample(line, 2)
        name = f"{one} and {two}"
    else:
        place = rng.randrange(len(line) - 1)
        one, two = line[place], line[place + 1]
        name = one
    names = {one: two, two: one}
    return name, name, [names.get(person, person) for person in line]


def _event(line: list[str], rng: random.Random) -> tuple[str, str, list[str]]:
    """One event as a sentence, as a short name, and the line that it makes."""
    shapes = ["last_to_front", "swap"]
    if len(line) >= 3:
        shapes.append("served")
    if len(line) <= 8:
        shapes.append("joins")
    shape = rng.choice(shapes)
    if shape == "served":
        return f"{line[0]} is served and leaves", f"{line[0]} leaves", line[1:]
    if shape == "joins":
        person = rng.choice([person for person in _PEOPLE if person not in line])
        return f"{person} joins at the end", f"{person} joins", [*line, person]
    if shape == "last_to_front":
        person = rng.choice(line[1:])
        return f"{person} goes to the front", f"{person} front", [person, *(p for p in line if p != person)]
    one, two = rng.sample(line, 2)
    names = {one: two, two: one}
    return f"{one} and {two} change places", f"{one} and {two}", [names.get(person, person) for person in line]


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw a line and events; the final line is not a part of the first."""
    start, lines = "", [[""]]
    while listed(lines[-1]) in start:
        line = rng.sample(_PEOPLE, _LENGTH[exercise(level)])
        start = listed(line)
        sentences: list[str] = []
        names: list[str] = []
        lines = []
        for _ in range(_EVENTS[level]):
            sentence, name, line = (_event if level < LADDER else _place_change)(line, rng)
            sentences.append(sentence)
            names.append(name)
            lines.append(line)
    template = rng.choice(_TEMPLATES)
    if level >= LADDER and template == "line":
        prompt = (
            f"People are waiting in line, first to last: {start}. Then they change places. {_RULE} In order: "
            f"{', '.join(names)}. Give the line now, first to last."
        )
    elif level >= LADDER:
        prompt = (
            f"In a shop, {spoken(start.split(', '))} are waiting in this order. {_RULE} This happens in turn: "
            f"{', '.join(names)}. Who is waiting now, in order?"
        )
    elif template == "line":
        prompt = (
            f"People are waiting in line, first to last: {start}. {'. '.join(sentences)}. Give the "
            "line now, first to last."
        )
    else:
        prompt = (
            f"In a shop, {spoken(start.split(', '))} are waiting in this order. Then "
            f"{', then '.join(sentences)}. Who is waiting now, in order?"
        )
    yield prompt
    states = [listed(line) for line in lines]
    steps = [start, *(f"{name}: {state}" for name, state in zip(names, states, strict=True))]
    chance = {1: 0.005, 2: 0.003, 3: 0.002, 4: 0.002, 5: 0.001}[exercise(level)]
    evidence = at_landmarks(states)
    return Draft(prompt, states[-1], worked(steps, states[-1]), template, chance, evidence=evidence, steps=len(names))


KIND = Kind(
    "waiting_line", 2, Skill.SIMULATION, Domain.GENERAL, AnswerType.SEQUENCE, draft, levels=tuple(_EVENTS), order=2,
    grows="changes of places, up to 1,640",
)  # fmt: skip
