"""Every distinct substring of a stated length, under conditions (coding).

What a substring is stands in the prompt (letters next to each other). Cutting them out in order is easy; the point is
to list each that meets the condition and none twice, though the string repeats itself: enumeration. There is
no program to run and nothing to compute. Levels have longer strings, longer substrings and more conditions. From level
6 on the string doubles.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices

_Condition = tuple[str, Callable[[str], bool]]

_FORM = "List each only once, in order of first occurrence, separated by commas."
_WORDINGS = {
    "list": "List the distinct substrings of {size} letters ({size} letters next to each other) of "
    "{text}{conditions}. {form}",
    "which": "Which different {size}-letter substrings does the string {text} contain{conditions}? {form}",
    "cut": "Take every {size} neighbouring letters of {text} as a piece. Which different pieces are "
    "there{conditions}? {form}",
}
_LENGTHS = {1: (4, 5), 2: (6, 7), 3: (8, 9), 4: (11, 13), 5: (16, 20), 6: (54, 60), 7: (120, 130),
            8: (260, 280), 9: (560, 600), 10: (1230, 1280)}  # fmt: skip
_SIZES = {1: (2,), 2: (2,), 3: (2, 3), 4: (3,), 5: (3, 4), 6: (4,), 7: (4,), 8: (5,), 9: (5,), 10: (5,)}
_CONDITIONS = {1: 0, 2: 0, 3: 1, 4: 1, 5: 2} | dict.fromkeys((6, 7, 8, 9, 10), 2)
_LETTERS = {1: 2, 2: 3, 3: 3, 4: 3, 5: 3} | dict.fromkeys((6, 7, 8, 9, 10), 3)
_NAMES = {2: "two", 3: "three", 4: "four", 5: "five"}
_POOL = "abcdefghijklmnopqrstuvwxyz"


def _condition(letters: list[str], rng: random.Random) -> _Condition:
    letter = rng.choice(letters)
    conditions: tuple[_Condition, ...] = (
        (f"start with {letter}", lambda piece: piece[0] == letter),
        (f"do not start with {letter}", lambda piece: piece[0] != letter),
        (f"do not end with {letter}", lambda piece: piece[-1] != letter),
        (f"contain {letter}", lambda piece: letter in piece),
    )
    return rng.choice(conditions)


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 3 or 4 substrings of two letters, level 5 up to 18 of three or four and two conditions,
    level 10 some 1,200 of five letters."""
    while True:
        letters = sorted(rng.sample(_POOL, _LETTERS[level]))
        text = "".join(choices(rng, letters, rng.randint(*_LENGTHS[level])))
        size = rng.choice(_SIZES[level])
        conditions: list[_Condition] = []
        while len(conditions) < _CONDITIONS[level]:
            drawn = _condition(letters, rng)
            if drawn[0].split()[-2] not in [known.split()[-2] for known, _ in conditions]:
                conditions.append(drawn)
        pieces = [text[start : start + size] for start in range(len(text) - size + 1)]
        distinct = list(dict.fromkeys(pieces))
        found = [piece for piece in distinct if all(holds(piece) for _, holds in conditions)]
        narrows = all(any(not holds(piece) for piece in distinct) for _, holds in conditions)
        repeats = level == 1 or len(distinct) < len(pieces)
        if found and narrows and repeats and len(set(text)) == len(letters):
            break
    texts = [known for known, _ in conditions]
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        size=_NAMES[size],
        text=text,
        conditions=f", counting only those that {' and '.join(texts)}" if texts else "",
        form=_FORM,
    )
    yield prompt
    seen: set[str] = set()
    checks = []
    for piece in pieces:
        if piece in found and piece not in seen:
            checks.append(f"{piece} new" if not conditions else f"{piece} yes")
        elif level <= 3:
            checks.append(f"{piece} {'again' if piece in seen else 'no'}")
        seen.add(piece)
    answer = ", ".join(found)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{'; '.join(checks)}.\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=tuple(found),
        steps=len(pieces) + sum(all(holds(piece) for _, holds in conditions) for piece in pieces),
    )


KIND = Kind(
    name="distinct_substrings",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.CODING,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=tuple(_LENGTHS),
    order=3,
    grows="length of the string, up to 1,280 letters",
)
