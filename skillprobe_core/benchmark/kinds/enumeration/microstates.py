"""Every microstate of a few particles with a given total energy (science).

The levels that a particle can have, the total and any rule of exclusion are in the prompt; no physics has to be
recalled, and the sums are of single digits. What remains is to go through the assignments in order and keep each one
that fits: enumeration. Levels have more particles, more energy and more rules.
"""

from __future__ import annotations

import itertools
import random
from functools import cache

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

_PARTICLES = ("atoms", "electrons", "ions", "molecules", "oscillators", "spins", "photons", "rotors")
_FORM = "Write each state as its energies in order, joined by hyphens, and separate the states with commas."
_WORDINGS = {
    "total": "{count} {particles} in a row each have energy {energies}. Their total energy is {total}.{rules} "
    "List all states. {form}",
    "which": "Each of {count} {particles} in a row has energy {energies}. "
    "Which states have total energy {total}?{rules} {form}",
    "share": "{count} {particles} in a row share {total} units of energy; each has {energies} units.{rules} "
    "List every possible state. {form}",
}
_COUNTS = {1: 2, 2: 3, 3: 3, 4: 4, 5: 5}
_HIGHEST = {1: (2, 5), 2: (1, 2), 3: (2, 4), 4: (2, 4), 5: (2, 4)}
_RULES = {1: (0, 1), 2: (0, 1), 3: (1, 1), 4: (1, 2), 5: (2, 2)}
_LEAST = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5}
_MOST = {1: 5, 2: 6, 3: 8, 4: 10, 5: 12}
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_NAMES = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}


@cache
def _states(count: int, highest: int, total: int) -> tuple[tuple[int, ...], ...]:
    """Energies of `count` particles, each 0 to `highest`, with that total, in lexicographic order."""
    if count == 1:
        return ((total,),) if total <= highest else ()
    least = max(0, total - (count - 1) * highest)
    return tuple(
        (energy, *rest)
        for energy in range(least, min(highest, total) + 1)
        for rest in _states(count - 1, highest, total - energy)
    )


def _holds(rule: tuple[str, int, int], state: tuple[int, ...]) -> bool:
    name, place, energy = rule
    if name == "neighbours":
        return all(a != b for a, b in itertools.pairwise(state))
    if name == "first_largest":
        return state[0] == max(state)
    return state[place] != energy


@cache
def _meeting(count: int, highest: int, total: int, rule: tuple[str, int, int]) -> frozenset[tuple[int, ...]]:
    return frozenset(state for state in _states(count, highest, total) if _holds(rule, state))


def _rule_text(rule: tuple[str, int, int]) -> str:
    name, place, energy = rule
    if name == "neighbours":
        return " Neighbours never have equal energy."
    if name == "first_largest":
        return " None of them has more energy than the first one."
    return f" The {_ORDINALS[place]} one never has energy {energy}."


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has two particles and at most one rule, level 5 five particles and two rules."""
    count = _COUNTS[level]
    while True:
        highest = rng.randint(*_HIGHEST[level])
        total = rng.randint(1, count * highest - 1)
        excluded = (rng.randrange(count), rng.randint(0, highest))
        names = rng.sample(("neighbours", "first_largest", "not"), rng.randint(*_RULES[level]))
        rules = [(name, *excluded) if name == "not" else (name, 0, 0) for name in names]
        space = _states(count, highest, total)
        if len(space) > 10 * _MOST[level]:
            continue
        allowed = [_meeting(count, highest, total, rule) for rule in rules]
        found = sorted(frozenset(space).intersection(*allowed))
        narrows = all(len(states) < len(space) for states in allowed)
        if _LEAST[level] <= len(found) <= _MOST[level] and narrows:
            break
    energies = [str(energy) for energy in range(highest + 1)]
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        count=_NAMES[count] if wording != "which" else _NAMES[count].lower(),
        particles=rng.choice(_PARTICLES),
        energies=f"{', '.join(energies[:-1])} or {energies[-1]}",
        total=total,
        rules="".join(_rule_text(rule) for rule in rules),
        form=_FORM,
    )
    yield prompt
    listed = tuple("-".join(map(str, state)) for state in found)
    shown = ["-".join(map(str, state)) for state in space] if level <= 2 else list(listed)
    answer = ", ".join(listed)
    checked = "; ".join(f"{state} {'yes' if state in listed else 'no'}" for state in shown)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{checked}.\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=listed,
    )


KIND = Kind(
    name="microstates",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.SCIENCE,
    answer_type=AnswerType.SET,
    draft=draft,
    order=3,
)
