"""Follow atoms through events that raise or lower their energy level.

It needs simulation: every event acts on the level that the last one left, and the ends of the ladder hold an atom
back, so that the events cannot just be counted. The rule is stated, hence no physics is recalled; the arithmetic is
one step up or down; nothing is listed or judged. Levels raise the number of events and of atoms. From level 6 on, the
number of energy levels grows with the root of the events: on a short ladder an atom's end would depend on its last
events alone.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import at_landmarks, exactly, exercise, listed, rungs, spoken, worked

_ATOMS = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4}
_EVENTS = {1: (3, 6), 2: (7, 9), 3: (7, 9), 4: (11, 13), 5: (18, 22), **exactly(rungs(51, 6))}
_TOP = {1: 5, 2: 5, 3: 5, 4: 6, 5: 7, 6: 7, 7: 9, 8: 13, 9: 18, 10: 26, 11: 36}
_TEMPLATES = ("events", "ladder")


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw atoms and their events."""
    top = _TOP[level]
    names = [chr(ord("A") + place) for place in range(_ATOMS[exercise(level)])]
    levels = {name: rng.randint(1, top) for name in names}
    events = [(rng.choice(names), rng.choice(("up", "down"))) for _ in range(rng.randint(*_EVENTS[level]))]
    single = len(names) == 1
    where = spoken([f"atom {name} is at level {levels[name]}" for name in names])
    happened = ", ".join(move if single else f"{name} {move}" for name, move in events)
    template = rng.choice(_TEMPLATES)
    if template == "events":
        prompt = (
            f"Energy levels go from 1 to {top}. Up moves an atom one level higher and down one level lower; "
            f"a move past either end has no effect. At first {where}. Events: {happened}."
        )
    else:
        prompt = (
            f"At first {where}. Light then moves {'it' if single else 'them'} one level up or down at a "
            f"time: {happened}. "
            f"An atom that would go below level 1 or above level {top} stays where it is."
        )
    prompt += (
        " At which level does the atom end?"
        if single
        else f" Give the final levels of atoms {spoken(names)}, separated by commas."
    )
    yield prompt
    steps = [listed([levels[name] for name in names])]
    states: list[str] = []
    for name, move in events:
        levels[name] = min(top, max(1, levels[name] + (1 if move == "up" else -1)))
        states.append(listed([levels[each] for each in names]))
        steps.append(f"{move} {states[-1]}" if single else f"{name} {move}: {states[-1]}")
    answer = states[-1]
    return Draft(
        prompt, answer, worked(steps, answer), template, (1.1 / top) ** len(names), evidence=at_landmarks(states),
        steps=len(events),
    )  # fmt: skip


KIND = Kind(
    "energy_levels", 2, Skill.SIMULATION, Domain.SCIENCE, AnswerType.SEQUENCE, draft, levels=tuple(_EVENTS), order=1,
    grows="events, up to 1,632, and energy levels, up to 36",
)  # fmt: skip
