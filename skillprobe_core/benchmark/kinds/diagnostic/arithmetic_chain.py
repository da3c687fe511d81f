"""The first wrong step of a chain of small calculations (math).

Every step is one operation that is written out with its result, so nothing has to be found or planned: the
reader checks step after step and says where the first false one stands. Checking is trivial at level 1 (single
digits); higher levels have longer chains, larger numbers, errors of one digit, and steps that start from another
number than the one before ended with. From level 6 on the steps and the digits of the numbers multiply. It is
diagnostic: the calculation is given, only its soundness is asked.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

from .error_places import error_places

_WORDINGS = {
    "first_wrong": "{steps} Which step is the first wrong one? If there is none, answer 0.",
    "check": "Check this calculation. {steps} Give the number of the first wrong step. If there is none, answer 0.",
    "someone": "Someone wrote: {steps} At which step is the first mistake? If there is none, answer 0.",
}
_CARRY = "Each step must start from the result of the step before. "
_STEPS = {1: (2, 3), 2: (3, 4), 3: (5, 5), 4: (6, 7), 5: (8, 10), 6: (12, 12), 7: (22, 22), 8: (40, 40), 9: (75, 75)}
_LARGEST = {1: 9, 2: 30, 3: 99, 4: 999, 5: 9999, 6: 10**7 - 1, 7: 10**11 - 1, 8: 10**20 - 1, 9: 10**36 - 1}


def _apply(value: int, operator: str, operand: int) -> int:
    if operator == "+":
        return value + operand
    return value - operand if operator == "-" else value * operand


def _operation(value: int, level: int, rng: random.Random) -> tuple[str, int]:
    """An operator and an operand that keep the value within the level's range."""
    largest = _LARGEST[level]
    while True:
        operator = rng.choice("+-" if level == 1 else "+-*")
        high = 9 if operator == "*" or level <= 2 else max(2, largest // 3)
        operand = rng.randint(1 if operator != "*" else 2, high)
        if 0 < _apply(value, operator, operand) <= largest:
            return operator, operand


def _wrong_result(right: int, level: int, rng: random.Random) -> int:
    """Another result: off by 1 to 3 at the lowest level, one changed or two swapped digits at the highest."""
    digits = list(str(right))
    while True:
        if level <= 2:
            wrong = right + rng.choice((-3, -2, -1, 1, 2, 3))
        else:
            changed = digits.copy()
            place = rng.randrange(len(digits))
            if level >= 4 and len(digits) >= 2 and rng.random() < 0.4:
                other = rng.randrange(len(digits))
                changed[place], changed[other] = changed[other], changed[place]
            else:
                changed[place] = str((int(changed[place]) + rng.choice((1, 9))) % 10)
            wrong = int("".join(changed))
        if wrong != right and 0 < wrong <= _LARGEST[level]:
            return wrong


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 2 or 3 steps of single digits, level 5 up to 10 steps of four digits, level 9 75 steps of
    some 36 digits."""
    count = rng.randint(*_STEPS[level])
    places = error_places(level, count)
    error = rng.choice(places)
    copied = level >= 3 and error >= 2 and rng.random() < 0.3
    value = rng.randint(1, _LARGEST[level])
    steps, rights, columns = [], [], []
    for number in range(1, count + 1):
        came = value
        if copied and number == error:
            value = _wrong_result(came, level, rng)
        operator, operand = _operation(value, level, rng)
        right = _apply(value, operator, operand)
        stated = _wrong_result(right, level, rng) if number == error and not copied else right
        steps.append(f"Step {number}: {value} {operator} {operand} = {stated}.")
        rights.append(f"{value} {operator} {operand} = {right}")
        columns.append(max(len(str(value)), len(str(operand))))
        if number == error:
            due, begun, said = came, value, stated
        value = stated
    wording = rng.choice(sorted(_WORDINGS))
    prompt = (_CARRY if level >= 3 else "") + _WORDINGS[wording].format(steps=" ".join(steps))
    yield prompt
    checks = [f"Step {n}: {right} ok." for n, right in enumerate(rights[: error - 1 if error else count], start=1)]
    evidence = rights[(error or count) - 1]
    if copied:
        evidence = f"from {due}"
        checks.append(f"Step {error}: must start {evidence}, not {begun}.")
    elif error:
        checks.append(f"Step {error}: {evidence}, not {said}.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / len(places),
        evidence=(evidence,),
        steps=sum(columns[: error or count]),
    )


KIND = Kind(
    name="arithmetic_chain",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.MATH,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=tuple(_STEPS),
    order=1,
    grows="steps and digits, up to 75 steps of 36 digits",
)
