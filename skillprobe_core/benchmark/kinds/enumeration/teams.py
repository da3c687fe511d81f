"""Every team that a handful of people can form under stated rules (general).

Who goes with whom is given in the prompt, in everyday words; there is no arithmetic and nothing to know. The
work is to go through the teams in order, drop those that break a rule and list the rest once: enumeration.
"""

from __future__ import annotations

import itertools
import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

_NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivan", "Jo", "Kim", "Leo", "Mia", "Ned",
          "Olga", "Pia", "Rita", "Sam", "Tom", "Uma")  # fmt: skip
_SIZES: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 2),),
    2: ((4, 2), (4, 3)),
    3: ((5, 3), (5, 2)),
    4: ((6, 3),),
    5: ((7, 3), (7, 4)),
}
_RULES = {1: 1, 2: 2, 3: 2, 4: 3, 5: 4}
_WORDINGS = {
    "team": "A team of {size} is chosen from {people}. {rules} List every possible team. "
    "Join the names of a team with hyphens, in alphabetical order, and separate the teams with commas.",
    "go": "Exactly {size} of {people} are chosen to go on a trip. {rules} List all possible groups. "
    "Join the names of a group with hyphens, in alphabetical order, and separate the groups with commas.",
    "choose": "Choose {size} people from {people}. {rules} Which choices are possible? "
    "Join the names of a choice with hyphens, in alphabetical order, and separate the choices with commas.",
}
_NUMBERS = {2: "two", 3: "three", 4: "four"}
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
}


def _holds(rule: tuple[str, str, str], team: tuple[str, ...]) -> bool:
    name, a, b = rule
    has_a, has_b = a in team, b in team
    if name == "apart":
        return not (has_a and has_b)
    if name == "implies":
        return has_b or not has_a
    if name == "either":
        return has_a or has_b
    return has_a if name == "in" else not has_a


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 3 teams of two and one rule, level 5 has 35 teams and four rules."""
    people_count, size = rng.choice(_SIZES[level])
    most = {1: 5, 2: 7, 3: 8, 4: 12, 5: 14}[level]
    while True:
        people = sorted(rng.sample(_NAMES, people_count))
        rules: list[tuple[str, str, str]] = []
        while len(rules) < _RULES[level]:
            a, b = sorted(rng.sample(people, 2))
            rule = (rng.choice(_KINDS_OF_RULE[level]), a, b)
            if not any({a, b} == {c, d} for _, c, d in rules):
                rules.append(rule)
        teams = list(itertools.combinations(people, size))
        allowed = [team for team in teams if all(_holds(rule, team) for rule in rules)]
        narrows = all(any(not _holds(rule, team) for team in teams) for rule in rules)
        if 1 <= len(allowed) <= most and narrows:
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
    )


KIND = Kind(
    name="teams",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.GENERAL,
    answer_type=AnswerType.SET,
    draft=draft,
    order=1,
)
