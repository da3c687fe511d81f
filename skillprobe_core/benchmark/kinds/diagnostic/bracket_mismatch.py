"""The first closing bracket that does not match (coding).

The brackets stand numbered in a row. Each closing one is held against the last one still open; there is nothing to
compute or to know. The reader locates the first that is of the wrong shape: diagnostic, with an error of one
character. Levels have longer rows and deeper nesting, and put code between the brackets.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

_SHAPES = {"(": ")", "[": "]", "{": "}"}
_OPENING = "([{"
_WORDINGS = {
    "row": "Brackets by position: {row}. "
    "Which position holds the first closing bracket that does not match? If there is none, answer 0.",
    "parser": "A parser reads {row}. At which position does it first meet a closing bracket of the wrong shape? "
    "If there is none, answer 0.",
    "check": "Check these brackets, each after its position: {row}. "
    "Give the position of the first closing one that does not match. If there is none, answer 0.",
}
_PAIRS = {1: (2, 3), 2: (4, 4), 3: (5, 6), 4: (7, 8), 5: (9, 11)}
_DEPTH = {1: 2, 2: 3, 3: 4, 4: 5, 5: 7}
_CODE = {3: ("f", "x", "a"), 4: ("f", "x", "key", "i"), 5: ("f", "items", "key", "i", "get")}


def _matched(pairs: int, depth: int, rng: random.Random) -> list[str]:
    """A row of `pairs` matched pairs, no deeper than `depth`, that ends with everything closed."""
    row: list[str] = []
    waiting: list[str] = []
    opened = 0
    while opened < pairs or waiting:
        can_open = opened < pairs and len(waiting) < depth
        if can_open and (not waiting or rng.random() < 0.55):
            bracket = rng.choice(_OPENING)
            row.append(bracket)
            waiting.append(_SHAPES[bracket])
            opened += 1
        else:
            row.append(waiting.pop())
    return row


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 2 or 3 pairs, level 5 up to 11 pairs nested up to 7 deep with names between them."""
    right = _matched(rng.randint(*_PAIRS[level]), _DEPTH[level], rng)
    closing = [place for place, bracket in enumerate(right) if bracket not in _SHAPES]
    wrong = rng.choice([None, *closing])
    row = right.copy()
    if wrong is not None:
        row[wrong] = rng.choice([shape for shape in _SHAPES.values() if shape != right[wrong]])
    error = 0 if wrong is None else wrong + 1
    code = _CODE.get(level, ())
    shown = [
        f"{place}:{rng.choice(code) if code and bracket in _SHAPES and rng.random() < 0.6 else ''}{bracket}"
        for place, bracket in enumerate(row, start=1)
    ]
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(row=" ".join(shown))
    yield prompt
    waiting: list[int] = []
    checks = []
    evidence = ""
    for place, bracket in enumerate(right[: error or len(right)], start=1):
        if bracket in _SHAPES:
            waiting.append(place)
            continue
        opened = waiting.pop()
        evidence = str(opened)
        verdict = "ok" if place != error else f"not {row[place - 1]}"
        checks.append(f"{place} closes {opened}: {row[opened - 1]} needs {bracket}, {verdict}.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / (len(closing) + 1),
        evidence=(evidence,),
    )


KIND = Kind(
    name="bracket_mismatch",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.CODING,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    order=3,
)
