"""The first statement that cannot be true together with the earlier ones (general).

The statements are in plain words and short, there is no arithmetic and nothing to know about the world: the
reader compares each statement with those before it and says where the inconsistency enters. At levels 1 and 2
one earlier statement is contradicted; from level 3 on, two to four earlier statements together are. That is
diagnostic. From level 6 on the statements and the earlier ones that each has to be held against multiply.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.people import PEOPLE
from skillprobe_core.benchmark.ladder import LADDER

from .error_places import error_places

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
# Number of people and of statements about two of them.
_LADDER = {6: (8, 20), 7: (13, 37), 8: (23, 69), 9: (48, 150)}
# A statement compares people who are at most so many places apart, so that only long chains order the others.
_APART = 4
_SHORTEST_CHAIN = 3
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


def _orders(level: int, rng: random.Random) -> tuple[list[str], int, list[str], tuple[str, ...], int]:
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
    looks = _looks([(ranking[high], ranking[low]) for high, low in ordered], error)
    return statements, error, checks, names, looks


def _reached(edges: list[_Pair], start: str) -> tuple[dict[str, str], int]:
    """For each name below `start` the one before it on a shortest chain, and the number of edges looked at."""
    below: dict[str, list[str]] = {}
    for high, low in edges:
        below.setdefault(high, []).append(low)
    before = {start: ""}
    queue = [start]
    for name in queue:
        for low in below.get(name, ()):
            if low not in before:
                before[low] = name
                queue.append(low)
    del before[start]
    return before, sum(len(below.get(name, ())) for name in queue)


def _chain(before: dict[str, str], end: str) -> list[str]:
    """The names from the start to `end`."""
    names = [end]
    while names[0] in before:
        names.insert(0, before[names[0]])
    return names


def _looks(pairs: Sequence[_Pair], error: int) -> int:
    """Each statement (more, less) until the error, and the earlier ones that lead downwards from its lower name."""
    checked = list(pairs[: error or len(pairs)])
    return sum(1 + _reached(checked[:number], low)[1] for number, (_, low) in enumerate(checked))


def _comparisons(level: int, error: int, rng: random.Random) -> tuple[list[_Pair], list[str]] | None:
    """Statements (more, less) of the ladder, and the chain of names that the error contradicts.

    None if no chain of the earlier statements is long enough.
    """
    people, count = _LADDER[level]
    ranking = rng.sample(PEOPLE, people)
    near = [(a, b) for place, a in enumerate(ranking) for b in ranking[place + 1 : place + 1 + _APART]]
    pairs = rng.sample(near, count)
    if not error:
        return pairs, []
    chains = []
    for start in ranking:
        before, _ = _reached(pairs[: error - 1], start)
        chains += [chain for end in before if len(chain := _chain(before, end)) > _SHORTEST_CHAIN]
    if not chains:
        return None
    chain = rng.choice(chains)
    pairs[error - 1] = (chain[-1], chain[0])
    return pairs, chain


def _ladder(level: int, rng: random.Random) -> Drafting:
    """Comparisons of many people, with an error against a chain of at least three earlier statements."""
    more, less = rng.choice(_ORDERS)
    # Few statements are implied before most of them are known.
    count = _LADDER[level][1]
    places = error_places(level, count, first=2 * count // 3)
    error = rng.choice(places)
    drawn = None
    while drawn is None:
        drawn = _comparisons(level, error, rng)
    pairs, chain = drawn
    statements = [
        f"{number}. {low} is {less} than {high}." if rng.random() < 0.4 else f"{number}. {high} is {more} than {low}."
        for number, (high, low) in enumerate(pairs, start=1)
    ]
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(intro="", statements=" ".join(statements))
    yield prompt
    last = error or len(pairs) + 1
    checks = [f"{number}: {high} > {low} ok." for number, (high, low) in enumerate(pairs[: last - 1], start=1)]
    if error:
        checks.append(f"{error}: {chain[-1]} > {chain[0]}, but {' > '.join(chain)}.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / len(places),
        evidence=tuple(chain) or pairs[-1],
        steps=_looks(pairs, error),
    )


def _exercise(level: int, rng: random.Random) -> Draft:
    """Statements on colours, or comparisons with a chain of fixed length."""
    intro = ""
    evidence: tuple[str, ...]
    if level <= 2:
        thing = rng.choice(_THINGS)
        intro = f"Each person has one {thing} of one colour. "
        statements, error, checks, colour = _colours(level, thing, rng)
        evidence = (colour,)
        guesses = len(statements)
        looks = error or len(statements)
    else:
        statements, error, checks, evidence, looks = _orders(level, rng)
        guesses = len(statements) - _CHAIN[level] + 1
    wording = rng.choice(sorted(_WORDINGS))
    return Draft(
        prompt=_WORDINGS[wording].format(intro=intro, statements=" ".join(statements)),
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / guesses,
        evidence=evidence,
        steps=looks,
    )


def draft(level: int, rng: random.Random) -> Draft | Drafting:
    """One draw: level 1 has 3 statements on colours, level 5 up to 11 comparisons and a chain of four, level 9 150
    comparisons."""
    return _exercise(level, rng) if level < LADDER else _ladder(level, rng)


KIND = Kind(
    name="contradiction",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.GENERAL,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=(*_COUNT, *_LADDER),
    order=1,
    grows="statements and people, up to 150 comparisons of 48 people",
)
