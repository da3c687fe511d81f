"""Every team that a handful of people can form under stated rules (general).

Who goes with whom is given in the prompt, in everyday words; there is no arithmetic and nothing to know. The
work is to go through the teams in order, drop those that break a rule and list the rest once: enumeration. Levels have
more people and rules; from level 6 on, so many that the partial teams that have to be tried double.
"""

from __future__ import annotations

import itertools
import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.ladder import LADDER

from .assignments import assignments, exclusions
from .search_sizes import LONG_LOOKS, has_size, most_looks

_NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivan", "Jo", "Kim", "Leo", "Mia", "Ned",
          "Olga", "Pia", "Rita", "Sam", "Tom", "Uma")  # fmt: skip
_SIZES: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 2),),
    2: ((4, 2), (4, 3)),
    3: ((5, 3), (5, 2)),
    4: ((6, 3),),
    5: ((7, 3), (7, 4)),
    6: ((12, 6),),
    7: ((15, 7),),
    8: ((17, 8),),
    9: ((20, 9),),
}
_RULES = {1: 1, 2: 2, 3: 2, 4: 3, 5: 4, 6: 18, 7: 24, 8: 28, 9: 37}
_MOST = {1: 5, 2: 7, 3: 8, 4: 12, 5: 14} | dict.fromkeys(LONG_LOOKS, 60)
_WORDINGS = {
    "team": "A team of {size} is chosen from {people}. {rules} List every possible team. "
    "Join the names of a team with hyphens, in alphabetical order, and separate the teams with commas.",
    "go": "Exactly {size} of {people} are chosen to go on a trip. {rules} List all possible groups. "
    "Join the names of a group with hyphens, in alphabetical order, and separate the groups with commas.",
    "choose": "Choose {size} people from {people}. {rules} Which choices are possible? "
    "Join the names of a choice with hyphens, in alphabetical order, and separate the choices with commas.",
}
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}
_RULE_TEXTS = {
    "apart": "{a} and {b} are never chosen together.",
    "out": "{a} is not chosen.",
    "in": "{a} is chosen.",
    "implies": "If {a} is chosen, so is {b}.",
    "either": "At least one of {a} and {b} is chosen.",
}
_KINDS_OF_RULE = {
    1: ("apart", "in"),
    2: ("apart", "either", "in", "out"),
    3: ("apart", "either", "implies", "out"),
    4: ("apart", "either", "implies"),
    5: ("apart", "either", "implies"),
} | dict.fromkeys(LONG_LOOKS, ("apart", "either", "implies"))
_Rule = tuple[str, str, str]
_Team = tuple[str, ...]


def _holds(rule: _Rule, team: _Team) -> bool:
    name, a, b = rule
    has_a, has_b = a in team, b in team
    if name == "apart":
        return not (has_a and has_b)
    if name == "implies":
        return has_b or not has_a
    if name == "either":
        return has_a or has_b
    return has_a if name == "in" else not has_a


def _teams(people: list[str], size: int, rules: list[_Rule], most: int | None) -> tuple[list[_Team], int]:
    """The teams that the rules allow, and the looks of a search that takes or leaves one person after the other."""
    taken = {person: 2 * place for place, person in enumerate(people)}
    left = {person: 2 * place + 1 for place, person in enumerate(people)}
    pairs = {
        "apart": lambda a, b: (taken[a], taken[b]),
        "implies": lambda a, b: (taken[a], left[b]),
        "either": lambda a, b: (left[a], left[b]),
        "in": lambda a, b: (left[a], left[a]),
        "out": lambda a, b: (taken[a], taken[a]),
    }
    excluded = [pairs[name](a, b) for name, a, b in rules]
    banned = {one for one, other in excluded if one == other}
    places = [[value for value in (taken[person], left[person]) if value not in banned] for person in people]
    weights = [1, 0] * len(people)
    ways, looks = assignments(places, exclusions(excluded), weights=weights, total=size, most=most)
    return [tuple(people[value // 2] for value in way if value % 2 == 0) for way in ways], looks


def _rules(level: int, people: list[str], team: _Team | None, rng: random.Random) -> list[_Rule]:
    """Rules on different pairs of people; the given team meets them all."""
    rules: list[_Rule] = []
    pairs: set[tuple[str, str]] = set()
    while len(rules) < _RULES[level]:
        a, b = sorted(rng.sample(people, 2))
        rule = (rng.choice(_KINDS_OF_RULE[level]), a, b)
        if (a, b) not in pairs and (team is None or _holds(rule, team)):
            rules.append(rule)
            pairs.add((a, b))
    return rules


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 3 teams of two and one rule, level 5 has 35 teams and four rules, level 9 twenty people
    and 37 rules."""
    people_count, size = rng.choice(_SIZES[level])
    while True:
        people = sorted(rng.sample(_NAMES, people_count))
        team = tuple(rng.sample(people, size)) if level >= LADDER else None
        rules = _rules(level, people, team, rng)
        allowed, looks = _teams(people, size, rules, most_looks(level, LONG_LOOKS))
        if not (1 <= len(allowed) <= _MOST[level] and has_size(level, looks, LONG_LOOKS)):
            continue
        teams = list(itertools.combinations(people, size)) if level < LADDER else []
        if level >= LADDER or all(any(not _holds(rule, team) for team in teams) for rule in rules):
            break
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        people=f"{', '.join(people[:-1])} and {people[-1]}",
        size=_NUMBERS[size],
        rules=" ".join(_RULE_TEXTS[name].format(a=a, b=b) for name, a, b in rules),
    )
    yield prompt
    listed = tuple("-".join(team) for team in allowed)
    shown = teams if level <= 3 else allowed
    checked = "; ".join(f"{'-'.join(team)} {'yes' if team in allowed else 'no'}" for team in shown)
    answer = ", ".join(listed)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{checked}.\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=listed,
        steps=looks,
    )


KIND = Kind(
    name="teams",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.GENERAL,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=(1, 2, 3, 4, 5, *LONG_LOOKS),
    order=1,
    grows="people and rules, up to teams of nine out of twenty people",
)
