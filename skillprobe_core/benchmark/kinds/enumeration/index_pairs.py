"""Every pair of positions of a short list whose items are in a stated relation (coding).

The relation is a comparison that is seen at a glance; the list is given and nothing runs. The work is to go through
the pairs i < j in order, as two nested loops would, and list those that hold, none twice: enumeration. Levels have
longer lists, and relations that need two looks. From level 6 on the number of pairs doubles, and the relation compares
the digits of larger numbers.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices
from skillprobe_core.benchmark.ladder import LADDER

_FORM = "Positions start at 0. Write each pair as i-j, in increasing order, and separate the pairs with commas."
_WORDINGS = {
    "list": "For a = {items}, list every pair of positions i < j such that {relation}. {form}",
    "which": "In the list a = {items}, for which pairs of positions i < j is it true that {relation}? {form}",
    "loop": "Two nested loops go over all pairs of positions i < j of a = {items}. List the pairs for "
    "which {relation}. {form}",
}
_LENGTHS = {1: (3, 3), 2: (4, 4), 3: (5, 5), 4: (6, 7), 5: (8, 10), 6: (13, 13), 7: (19, 19), 8: (28, 28),
            9: (41, 41), 10: (59, 60)}  # fmt: skip
_LADDER = (6, 7, 8, 9, 10)
_LARGEST = {1: 9, 2: 9, 3: 20, 4: 20, 5: 50} | dict.fromkeys(_LADDER, 99_999)
_MOST = {1: 3, 2: 5, 3: 8, 4: 10, 5: 14} | dict.fromkeys(_LADDER, 120)
_Relation = tuple[str, Callable[[int, int, int, int], bool]]
_SIMPLE: tuple[_Relation, ...] = (
    ("a[i] > a[j]", lambda a, b, i, j: a > b),
    ("a[i] < a[j]", lambda a, b, i, j: a < b),
    ("a[i] == a[j]", lambda a, b, i, j: a == b),
)
_LONGER: tuple[_Relation, ...] = (
    ("a[i] > a[j] and j - i > 1", lambda a, b, i, j: a > b and j - i > 1),
    ("a[i] < a[j] and a[j] is odd", lambda a, b, i, j: a < b and b % 2 == 1),
    ("a[i] > a[j] and a[i] is even", lambda a, b, i, j: a > b and a % 2 == 0),
    ("a[i] and a[j] are both even or both odd, and a[i] < a[j]", lambda a, b, i, j: a < b and (a - b) % 2 == 0),
)


def _common(a: int, b: int) -> int:
    """Number of digits that occur in both numbers."""
    return len({*str(a)} & {*str(b)})


_BY_DIGITS: tuple[_Relation, ...] = (
    ("a[i] > a[j] and a[i] and a[j] have no digit in common", lambda a, b, i, j: a > b and not _common(a, b)),
    ("a[i] < a[j] and a[i] and a[j] have no digit in common", lambda a, b, i, j: a < b and not _common(a, b)),
    ("a[i] > a[j] and exactly one digit occurs in both a[i] and a[j]", lambda a, b, i, j: a > b and _common(a, b) == 1),
    ("a[i] < a[j] and four or five digits occur in both a[i] and a[j]", lambda a, b, i, j: a < b and _common(a, b) > 3),
)
_RELATIONS = {1: _SIMPLE, 2: _SIMPLE, 3: (*_SIMPLE, *_LONGER), 4: _LONGER, 5: _LONGER} | dict.fromkeys(
    _LADDER, _BY_DIGITS
)


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 3 pairs, level 5 up to 45 and a relation of two parts, level 10 some
    1,700."""
    while True:
        size = rng.randint(*_LENGTHS[level])
        items = choices(rng, range(1, _LARGEST[level] + 1), size)
        if level < LADDER and rng.random() < 0.4:
            items[rng.randrange(1, size)] = items[0]
        relation, holds = rng.choice(_RELATIONS[level])
        pairs = list(itertools.combinations(range(size), 2))
        found = [(i, j) for i, j in pairs if holds(items[i], items[j], i, j)]
        if 1 <= len(found) <= _MOST[level]:
            break
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(items=items, relation=relation, form=_FORM)
    yield prompt
    shown = pairs if level <= 3 else found
    checked = "; ".join(
        f"{i}-{j}: {items[i]}, {items[j]} {'yes' if (i, j) in found else 'no'}" for i, j in shown
    )  # fmt: skip
    listed = tuple(f"{i}-{j}" for i, j in found)
    answer = ", ".join(listed)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{checked}.\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=listed,
        steps=len(pairs),
    )


KIND = Kind(
    name="index_pairs",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.CODING,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=(1, 2, 3, 4, 5, *_LADDER),
    order=2,
    grows="pairs of the list, up to 1,770 pairs of sixty numbers of five digits",
)
