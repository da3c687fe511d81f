"""Add, subtract and multiply fractions.

It needs calculation: common denominators, sums and reduction. Nothing is recalled but the rules of fractions, no
process is enacted, nothing is listed or judged. Levels raise the denominators and the number of terms, and bring in
subtraction, then products.
"""

from __future__ import annotations

import math
import random
from fractions import Fraction

from skillprobe_core.items.kinds.working import worked
from skillprobe_core.items.schema import AnswerType, Domain, Draft, Kind, Skill

_TERMS = {1: 2, 2: 2, 3: 3, 4: 3, 5: 4}
_LARGEST_DENOMINATOR = {1: 8, 2: 10, 3: 12, 4: 15, 5: 20}
_TEMPLATES = ("what_is", "work_out")

Pair = tuple[int, int]


def _fraction(level: int, rng: random.Random) -> Pair:
    under = rng.randint(2, _LARGEST_DENOMINATOR[level])
    over = rng.choice([n for n in range(1, under) if math.gcd(n, under) == 1])
    return over, under


def _reduced(over: int, under: int, steps: list[str]) -> Pair:
    common = math.gcd(over, under)
    if common > 1:
        value = Fraction(over, under)
        steps.append(f"{over}/{under}={value}")
        return value.numerator, value.denominator
    return over, under


def _combine(left: Pair, sign: str, right: Pair, steps: list[str]) -> Pair:
    """The sum or difference, by the least common denominator."""
    under = math.lcm(left[1], right[1])
    overs = [over * (under // own) for over, own in (left, right)]
    for (over, own), new in zip((left, right), overs, strict=True):
        if own != under:
            steps.append(f"{over}/{own}={new}/{under}")
    total = overs[0] + overs[1] if sign == "+" else overs[0] - overs[1]
    steps.append(f"{overs[0]}/{under}{sign}{overs[1]}/{under}={total}/{under}")
    return _reduced(total, under, steps)


def _multiply(left: Pair, right: Pair, steps: list[str]) -> Pair:
    over, under = left[0] * right[0], left[1] * right[1]
    steps.append(f"{left[0]}/{left[1]}*{right[0]}/{right[1]}={over}/{under}")
    return _reduced(over, under, steps)


def draft(level: int, rng: random.Random) -> Draft:
    """Draw one expression whose value is neither 0 nor 1, the best guesses."""
    while True:
        text, steps = "", list[str]()
        terms: list[Pair] = []
        signs: list[str] = []
        for place in range(_TERMS[level]):
            term = _fraction(level, rng)
            written = f"{term[0]}/{term[1]}"
            if level >= 4 and place % 2 == 0:
                factor = _fraction(level, rng)
                written += f" * {factor[0]}/{factor[1]}"
                term = _multiply(term, factor, steps)
            sign = "+" if level == 1 or place == 0 else rng.choice("+-")
            text += f" {sign} {written}" if text else written
            terms.append(term)
            signs.append(sign)
        value = terms[0]
        for term, sign in zip(terms[1:], signs[1:], strict=True):
            value = _combine(value, sign, term, steps)
        if value[0] and value != (1, 1):
            break
    answer = str(Fraction(*value))
    template = rng.choice(_TEMPLATES)
    if template == "what_is":
        prompt = f"What is {text} ? Give a fraction in lowest terms."
    else:
        prompt = f"Work out {text} as a fraction in lowest terms."
    chance = {1: 0.03, 2: 0.01, 3: 0.006, 4: 0.002, 5: 0.001}[level]
    return Draft(prompt, answer, worked(steps, answer), template, chance)


KIND = Kind("fraction_sum", 1, Skill.CALCULATION, Domain.MATH, AnswerType.RATIONAL, draft)
