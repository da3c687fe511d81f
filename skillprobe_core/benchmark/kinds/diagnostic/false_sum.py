"""The first false line of a table of independent sums, at most one digit of which is wrong (math).

A minimal-error kind: the lines do not build on each other, at most one is false, and that one differs from the truth
in a single digit. The operations are written out with their results, so the reader only verifies: diagnostic. Levels
have more lines and longer numbers; the error stays one digit.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

_WORDINGS = {
    "which": "{lines} Which line is false? If there is none, answer 0.",
    "table": "A table of sums: {lines} Give the number of the line with a mistake. If there is none, answer 0.",
    "proof": "Proofread: {lines} In which line is one digit wrong? If there is none, answer 0.",
}
_LINES = {1: (2, 3), 2: (3, 4), 3: (4, 5), 4: (6, 7), 5: (8, 9)}
_DIGITS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6}


def _sum(level: int, rng: random.Random) -> tuple[int, str, int, int]:
    """Two numbers, their operator and the result; differences are never negative."""
    low, high = (1, 9) if level == 1 else (10 ** (_DIGITS[level] - 1), 10 ** _DIGITS[level] - 1)
    a, b = rng.randint(low, high), rng.randint(low, high)
    if rng.random() < 0.5:
        return a, "+", b, a + b
    a, b = max(a, b), min(a, b)
    return a, "-", b, a - b


def _one_digit_off(value: int, rng: random.Random) -> int:
    """The value with one digit changed to another; a number of several digits keeps its length."""
    digits = str(value)
    place = rng.randrange(len(digits))
    choices = [d for d in "0123456789" if d != digits[place] and not (d == "0" and place == 0 and len(digits) > 1)]
    return int(digits[:place] + rng.choice(choices) + digits[place + 1 :])


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 2 or 3 lines of single digits, level 5 up to 9 lines of six digits."""
    count = rng.randint(*_LINES[level])
    error = rng.randint(0, count)
    lines, rights = [], []
    for number in range(1, count + 1):
        a, operator, b, right = _sum(level, rng)
        said = _one_digit_off(right, rng) if number == error else right
        lines.append(f"({number}) {a} {operator} {b} = {said}")
        rights.append(f"{a} {operator} {b} = {right}")
        if number == error:
            wrong = said
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(lines=f"{'; '.join(lines)}.")
    yield prompt
    checks = [f"({n}) {right} ok." for n, right in enumerate(rights[: error - 1 if error else count], start=1)]
    if error:
        checks.append(f"({error}) {rights[error - 1]}, not {wrong}.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / (count + 1),
        evidence=(rights[(error or count) - 1],),
    )


KIND = Kind(
    name="false_sum",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.MATH,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    order=3,
)
