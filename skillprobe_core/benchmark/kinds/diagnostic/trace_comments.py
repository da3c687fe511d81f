"""The first line of a short program whose comment states a wrong value (coding).

The program has no branches that skip a line and no loops: each comment can be checked from the comments above
it, so the reader need not carry a long run in mind, only hold each claim against its line. It is diagnostic:
finding where given reasoning about a program goes wrong. Levels add lines, variables, operators, larger
values and errors of one.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

_WORDINGS = {
    "first_wrong": "Each comment states the value after its line.\n{program}\n"
    "Which line has the first wrong comment? If there is none, answer 0.",
    "review": "Review the comments of this Python program.\n{program}\n"
    "Give the number of the first line whose comment is wrong. If there is none, answer 0.",
    "trace": "A student traced this program by hand.\n{program}\n"
    "At which line is the first mistake in the comments? If there is none, answer 0.",
}
_LINES = {1: (2, 3), 2: (4, 4), 3: (6, 6), 4: (8, 8), 5: (10, 12)}
_VARIABLES = {1: "x", 2: "xy", 3: "xy", 4: "xyz", 5: "wxyz"}
_OPERATORS = {1: "+-", 2: "+-", 3: "+-*", 4: ("+", "-", "*", "//", "%"), 5: ("+", "-", "*", "//", "%", "max", "min")}
_LARGEST = {1: 9, 2: 20, 3: 60, 4: 200, 5: 999}
_NAMES = {1: "abnxy"}


_APPLY: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv, "%": operator.mod,
    "max": max, "min": min,
}  # fmt: skip
_UNDEFINED_FOR_ZERO = ("//", "%")


def _written(left: str | int, symbol: str, right: str | int) -> str:
    return f"{symbol}({left}, {right})" if symbol in ("max", "min") else f"{left} {symbol} {right}"


def _expression(stated: dict[str, int], level: int, rng: random.Random) -> tuple[str, str, int]:
    """An expression over known variables: as code, with their values put in, and its value."""
    while True:
        name = rng.choice(sorted(stated))
        symbol = rng.choice(_OPERATORS[level])
        other = rng.choice(sorted(stated)) if level >= 2 and rng.random() < 0.5 else ""
        operand = stated[other] if other else rng.randint(1, 9)
        if operand == 0 and symbol in _UNDEFINED_FOR_ZERO:
            continue
        value = _APPLY[symbol](stated[name], operand)
        if 0 <= value <= _LARGEST[level]:
            return _written(name, symbol, other or operand), _written(stated[name], symbol, operand), value


def _wrong(right: int, level: int, rng: random.Random) -> int:
    widest = {1: 3, 2: 3, 3: 2, 4: 1, 5: 1}[level]
    steps = [step for step in range(-widest, widest + 1) if step and right + step >= 0]
    if level >= 4 and right >= 20 and rng.random() < 0.4:
        steps = [-10, 10]
    return right + rng.choice(steps)


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 2 or 3 lines and one variable, level 5 up to 12 lines and four variables."""
    count = rng.randint(*_LINES[level])
    error = rng.randint(0, count)
    names = rng.choice(_NAMES[1]) if level == 1 else _VARIABLES[level]
    stated: dict[str, int] = {}
    lines, rights = [], []
    for number in range(1, count + 1):
        fresh = [name for name in names if name not in stated]
        if not stated or (fresh and number <= len(names)):
            target = fresh[0]
            right = rng.randint(1, 9)
            code = filled = str(right)
        else:
            target = rng.choice(names)
            code, filled, right = _expression(stated, level, rng)
        said = _wrong(right, level, rng) if number == error else right
        lines.append(f"{number}: {target} = {code}  # {target} is {said}")
        rights.append(f"{target} is {right}" if code == filled else f"{filled} = {right}")
        stated[target] = said
        if number == error:
            wrong = said
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(program="\n".join(lines))
    yield prompt
    checks = [f"Line {n}: {right} ok." for n, right in enumerate(rights[: error - 1 if error else count], start=1)]
    if error:
        checks.append(f"Line {error}: {rights[error - 1]}, not {wrong}.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / (count + 1),
        evidence=(rights[(error or count) - 1],),
    )


KIND = Kind(
    name="trace_comments",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.CODING,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    order=1,
)
