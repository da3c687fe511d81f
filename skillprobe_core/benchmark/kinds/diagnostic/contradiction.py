"""The first statement that cannot be true together with the earlier ones (general).

The statements are in plain words and short, there is no arithmetic and nothing to know about the world: the
reader compares each statement with those before it and says where the inconsistency enters. At levels 1 and 2
one earlier statement is contradicted; from level 3 on, two to four earlier statements together are. That is
diagnostic.
"""

from __future__ import annotations

import itertools
import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Kind, Skill

_NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivan", "Jo", "Kim", "Leo", "Mia", "Ned",
          "Olga", "Pia", "Rita", "Sam", "Tom", "Uma")  # fmt: skip
_THINGS = ("bag", "bike", "boat", "car", "coat", "cup", "door", "hat")
_COLOURS = ("black", "blue", "brown", "green", "grey", "pink", "red", "white")
_ORDERS = (("older", "younger"), ("taller", "shorter"), ("faster", "slower"), ("stronger", "weaker"))
_WORDINGS = {
    "first": "{intro}{statements} Which is the first statement that contradicts the earlier ones? "
    "If there is none, answer 0.",
    "where": "{intro}{statements} Give the number of the first statement that cannot be true if all earlier ones are. "
    "If there is none, answer 0.",
    "witness": "{intro}A witness says: {statements} At which statement does the witness first contradict "
    "what was said before? If there is none, answer 0.",
}
_COUNT = {1: (3, 3), 2: (4, 5), 3: (5, 6), 4: (7, 8), 5: (9, 11)}
_CHAIN = {3: 2, 4: 3, 5: 4}
_Pair = tuple[str, str]


def _colours(level: int, thing: str, rng: random.Random) -> tuple[list[str], int, list[str], str]:
    """Statements on the colour of one thing each; the error, the checks and the evidence."""
    count = rng.randint(*_COUNT[level])
    error = rng.choice([0, *range(2, count + 1)])
    owners = rng.sample(_NAMES, count)
    colour: dict[str, str] = {}
    first_said: dict[str, int] = {}
    statements, checks = [], []
    evidence = ""
    for number in range(1, count + 1):
        again = bool(colour) and (number == error or rng.random() < 0.35)
        owner = rng.choice(sorted(colour)) if again else owners[number - 1]
        if not again:
            colour[owner] = rng.choice(_COLOURS)
            first_said[owner] = number
        said, verb = colour[owner], "is"
        if number == error:
            said = rng.choice([other for other in _COLOURS if other != colour[owner]])
        if level == 2 and again and rng.random() < 0.4:
            verb = "is not"
            said = colour[owner] if number == error else rng.choice([c for c in _COLOURS if c != colour[owner]])
        statements.append(f"{number}. {owner}'s {thing} {verb} {said}.")
        if not error or number <= error:
            known = f"{first_said[owner]} says {colour[owner]}"
            text = f"{number}: {owner} {verb.removeprefix('is').strip()} {said}".replace("  ", " ")
            if number == error:
                checks.append(f"{text}, but {known}.")
            else:
                checks.append(f"{text}, as {known}." if again else f"{text}, new.")
            evidence = colour[owner]
    return statements, error, checks, evidence


def _path(edges: list[_Pair], start: str, end: str) -> list[str]:
    """The names on a chain of `edges` from start to end, empty where there is none."""
    paths = [[start]]
    for path in paths:
        if path[-1] == end:
            return path
        paths += [[*path, low] for high, low in edges if high == path[-1] and low not in path]
    return []


def _orders(level: int, rng: random.Random) -> tuple[list[str], int, list[str], tuple[str, ...]]:
    """Statements that compare two people; the error reverses what a chain of earlier ones implies."""
    count = rng.randint(*_COUNT[level])
    links = _CHAIN[level]
    error = rng.choice([0, *range(links + 1, count + 1)])
    more, less = rng.choice(_ORDERS)
    ranking = rng.sample(_NAMES, count)
    chain = sorted(rng.sample(range(count), links + 1))
    pairs = list(itertools.pairwise(chain))
    last = error or count + 1
    others = [(a, b) for a in range(count) for b in range(a + 1, count) if (a, b) not in pairs]
    while True:
        extra = rng.sample(others, count - links - (1 if error else 0))
        before = extra[: last - 1 - links] + pairs
        after = extra[last - 1 - links :]
        edges = [(ranking[a], ranking[b]) for a, b in before]
        if not error or len(_path(edges, ranking[chain[0]], ranking[chain[-1]])) == links + 1:
            break
    rng.shuffle(before)
    ordered = [*before, *([(chain[-1], chain[0])] if error else []), *after]
    statements, checks = [], []
    for number, (high, low) in enumerate(ordered, start=1):
        if level >= 4 and rng.random() < 0.4:
            statements.append(f"{number}. {ranking[low]} is {less} than {ranking[high]}.")
        else:
            statements.append(f"{number}. {ranking[high]} is {more} than {ranking[low]}.")
        if number < last:
            checks.append(f"{number}: {ranking[high]} > {ranking[low]} ok.")
    if error:
        names = tuple(ranking[place] for place in chain)
        checks.append(f"{error}: {names[-1]} > {names[0]}, but {' > '.join(names)}.")
    else:
        names = (ranking[ordered[-1][0]], ranking[ordered[-1][1]])
    return statements, error, checks, names


def draft(level: int, rng: random.Random) -> Draft:
    """One draw: level 1 has 3 statements on colours, level 5 up to 11 comparisons and a chain of four."""
    intro = ""
    evidence: tuple[str, ...]
    if level <= 2:
        thing = rng.choice(_THINGS)
        intro = f"Each person has one {thing} of one colour. "
        statements, error, checks, colour = _colours(level, thing, rng)
        evidence = (colour,)
        guesses = len(statements)
    else:
        statements, error, checks, evidence = _orders(level, rng)
        guesses = len(statements) - _CHAIN[level] + 1
    wording = rng.choice(sorted(_WORDINGS))
    return Draft(
        prompt=_WORDINGS[wording].format(intro=intro, statements=" ".join(statements)),
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / guesses,
        evidence=evidence,
    )


KIND = Kind(
    name="contradiction",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.GENERAL,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    order=1,
)
