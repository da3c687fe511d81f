"""Every microstate of a few particles with a given total energy (science).

The levels that a particle can have, the total and any rule of exclusion are in the prompt; no physics has to be
recalled, and the sums are of single digits. What remains is to go through the assignments in order and keep each one
that fits: enumeration. Levels have more particles, more energy and more rules. From level 6 on the rules concern any
two particles, and the partial states that have to be tried double.
"""

from __future__ import annotations

import itertools
import random
from functools import cache
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.ladder import LADDER

from .assignments import assignments, exclusions
from .search_sizes import LADDER_LEVELS, has_size, most_looks

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
# Number of particles, and number of pairs that never have equal energy.
_LADDER = {6: (5, 1), 7: (6, 3), 8: (8, 6), 9: (10, 13)}
_MOST_OF_LADDER = 40
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NAMES = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven", 8: "Eight", 9: "Nine", 10: "Ten"}
# The name of a rule with a particle and an energy, or with two particles.
_Rule = tuple[str, int, int]


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


def _holds(rule: _Rule, state: tuple[int, ...]) -> bool:
    name, place, energy = rule
    if name == "neighbours":
        return all(a != b for a, b in itertools.pairwise(state))
    if name == "first_largest":
        return state[0] == max(state)
    return state[place] != energy


@cache
def _meeting(count: int, highest: int, total: int, rule: _Rule) -> frozenset[tuple[int, ...]]:
    return frozenset(state for state in _states(count, highest, total) if _holds(rule, state))


def _rule_text(rule: _Rule) -> str:
    name, place, energy = rule
    if name == "neighbours":
        return " Neighbours never have equal energy."
    if name == "first_largest":
        return " None of them has more energy than the first one."
    if name == "differ":
        return f" The {_ORDINALS[place]} and the {_ORDINALS[energy]} one never have equal energy."
    return f" The {_ORDINALS[place]} one never has energy {energy}."


class _Space(NamedTuple):
    """Particles with energies 0 to `highest` and that total, and the rules; the states that meet them.

    looks: partial states that a search particle by particle looks at.
    """

    highest: int
    total: int
    rules: list[_Rule]
    found: list[tuple[int, ...]]
    looks: int


def _count(level: int) -> int:
    return _COUNTS[level] if level < LADDER else _LADDER[level][0]


def _searched(level: int, highest: int, total: int, rules: list[_Rule]) -> _Space:
    count, size = _count(level), highest + 1
    energies = range(size)
    excluded: list[tuple[int, int]] = []
    for name, one, other in rules:
        if name == "not":
            excluded.append((one * size + other, one * size + other))
        elif name == "first_largest":
            excluded += [(a, n * size + b) for n in range(1, count) for b in energies for a in range(b)]
        else:
            pairs = itertools.pairwise(range(count)) if name == "neighbours" else [(one, other)]
            excluded += [(a * size + energy, b * size + energy) for a, b in pairs for energy in energies]
    banned = {a for a, b in excluded if a == b}
    places = [[n * size + energy for energy in energies if n * size + energy not in banned] for n in range(count)]
    weights, most = list(energies) * count, most_looks(level)
    ways, looks = assignments(places, exclusions(excluded), weights=weights, total=total, most=most)
    return _Space(highest, total, rules, [tuple(value % size for value in way) for way in ways], looks)


def _space(level: int, rng: random.Random) -> _Space | None:
    """Particles under up to two rules, each of which excludes a state; None if the draw has too few or too many."""
    count = _COUNTS[level]
    highest = rng.randint(*_HIGHEST[level])
    total = rng.randint(1, count * highest - 1)
    place, energy = rng.randrange(count), rng.randint(0, highest)
    names = rng.sample(("neighbours", "first_largest", "not"), rng.randint(*_RULES[level]))
    rules = [(name, place, energy) if name == "not" else (name, 0, 0) for name in names]
    states = _states(count, highest, total)
    if len(states) > 10 * _MOST[level]:
        return None
    allowed = [_meeting(count, highest, total, rule) for rule in rules]
    found = frozenset(states).intersection(*allowed)
    narrows = all(len(meeting) < len(states) for meeting in allowed)
    if not (_LEAST[level] <= len(found) <= _MOST[level] and narrows):
        return None
    return _searched(level, highest, total, rules)


def _long_space(level: int, rng: random.Random) -> _Space | None:
    """More particles under rules on neighbours, on single particles and on further pairs."""
    (count, pairs), highest = _LADDER[level], 3
    total = rng.randint(count * highest // 3, count * highest // 2)
    apart = [(a, b) for a, b in itertools.combinations(range(count), 2) if b - a > 1]
    rules: list[_Rule] = [("neighbours", 0, 0)]
    rules += [("differ", *pair) for pair in sorted(rng.sample(apart, pairs))]
    rules += [("not", place, rng.randint(0, highest)) for place in sorted(rng.sample(range(count), count // 2))]
    space = _searched(level, highest, total, rules)
    return space if 1 <= len(space.found) <= _MOST_OF_LADDER and has_size(level, space.looks) else None


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has two particles and at most one rule, level 5 five particles and two rules, level 9 ten
    particles and nineteen rules."""
    space = None
    while space is None:
        space = (_space if level < LADDER else _long_space)(level, rng)
    name = _NAMES[_count(level)]
    energies = [str(energy) for energy in range(space.highest + 1)]
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        count=name if wording != "which" else name.lower(),
        particles=rng.choice(_PARTICLES),
        energies=f"{', '.join(energies[:-1])} or {energies[-1]}",
        total=space.total,
        rules="".join(_rule_text(rule) for rule in space.rules),
        form=_FORM,
    )
    yield prompt
    listed = tuple("-".join(map(str, state)) for state in space.found)
    shown = list(listed)
    if level <= 2:
        shown = ["-".join(map(str, state)) for state in _states(_COUNTS[level], space.highest, space.total)]
    answer = ", ".join(listed)
    checked = "; ".join(f"{state} {'yes' if state in listed else 'no'}" for state in shown)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{checked}.\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=listed,
        steps=space.looks,
    )


KIND = Kind(
    name="microstates",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.SCIENCE,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=LADDER_LEVELS,
    order=3,
    grows="particles and rules, up to ten particles and nineteen rules",
)
