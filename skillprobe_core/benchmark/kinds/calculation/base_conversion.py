"""Read a number written in another base.

It needs calculation: multiply by the base and add the next digit. The base is stated and so is what letters stand
for; no program runs, nothing is listed or judged. Levels raise the base and the number of digits: binary first,
hexadecimal last. From level 6 on, numerals grow until they have 36 digits.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices, exercise, worked

from .steps import looks

_BASES = {1: (2,), 2: (3, 4), 3: (5, 6, 7, 8, 9), 4: (11, 12, 16), 5: (13, 14, 15, 16)}
_LENGTH = {1: (4, 7), 2: (5, 6), 3: (5, 6), 4: (5, 6), 5: (7, 9), 6: (12, 12), 7: (17, 17), 8: (25, 25), 9: (36, 36)}
_TEMPLATES = ("write", "what_is", "int_call")
_DIGITS = "0123456789ABCDEF"


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one numeral; its first digit is not 0."""
    base = rng.choice(_BASES[exercise(level)])
    length = rng.randint(*_LENGTH[level])
    digits = [rng.randint(1, base - 1), *choices(rng, range(base), length - 1)]
    numeral = "".join([_DIGITS[digit] for digit in digits])
    template = rng.choice(_TEMPLATES)
    if template == "write":
        prompt = f"Write the base {base} number {numeral} in base 10."
    elif template == "what_is":
        prompt = f"What is the base {base} number {numeral} as a decimal number?"
    else:
        prompt = f'What does int("{numeral}", {base}) return in Python?'
    if base > 10:
        prompt += (
            f" The digits A to {_DIGITS[base - 1]} stand for 10 to {base - 1}." if base > 11 else " A stands for 10."
        )
    yield prompt
    value = digits[0]
    steps = [str(value)]
    for digit in digits[1:]:
        shifted = value * base
        steps.append(f"{value}*{base}+{digit}={shifted + digit}")
        value = shifted + digit
    chance = {1: 0.032, 2: 0.003, 3: 0.0001, 4: 0.00001, 5: 0.000001}[exercise(level)]
    return Draft(prompt, str(value), worked(steps, str(value)), template, chance, steps=looks(steps))


KIND = Kind(
    "base_conversion", 2, Skill.CALCULATION, Domain.CODING, AnswerType.INTEGER, draft, levels=tuple(_LENGTH), order=2,
    grows="digits of the numeral, up to 36 in bases 13 to 16",
)  # fmt: skip
