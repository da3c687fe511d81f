"""Add, subtract and multiply fractions.

It needs calculation: common denominators, sums and reduction. Nothing is recalled but the rules of fractions, no
process is enacted, nothing is listed or judged. Levels raise the denominators and the number of terms, and bring in
subtraction, then products. From level 6 on, there are more and more terms.
"""

from __future__ import annotations

import math
import random
import re
from fractions import Fraction
from functools import cache

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, worked

_TERMS = {1: 2, 2: 2, 3: 3, 4: 3, 5: 4, 6: 7, 7: 11, 8: 21}
_LARGEST_DENOMINATOR = {1: 8, 2: 10, 3: 12, 4: 15, 5: 20}
_TEMPLATES = ("what_is", "work_out")

_FRACTION = re.compile(r"(\d+)/(\d+)")

Pair = tuple[int, int]
# A sign, a fraction, and the fraction that it is multiplied by (1/1 where there is none).
_Term = tuple[str, Pair, Pair]


@cache
def _numerators(under: int) -> tuple[int, ...]:
    return tuple(over for over in range(1, under) if math.gcd(over, under) == 1)


def _fraction(level: int, rng: random.Random) -> Pair:
    under = rng.randint(2, _LARGEST_DENOMINATOR[exercise(level)])
    return rng.choice(_numerators(under)), under


def _terms(level: int, rng: random.Random) -> list[_Term]:
    terms: list[_Term] = []
    for place in range(_TERMS[level]):
        fraction = _fraction(level, rng)
        factor = _fraction(level, rng) if level >= 4 and place % 2 == 0 else (1, 1)
        terms.append(("+" if level == 1 or place == 0 else rng.choice("+-"), fraction, factor))
    return terms


def _trivial(terms: list[_Term]) -> bool:
    """True if the value is 0, 1 or one of the fractions."""
    whole = math.prod(first[1] * second[1] for _, first, second in terms)
    total = 0
    for sign, first, second in terms:
        part = first[0] * second[0] * (whole // (first[1] * second[1]))
        total += part if sign == "+" else -part
    stated = [over * (whole // under) for _, *pair in terms for over, under in pair]
    return total in (0, whole, *stated)


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


def _looks(step: str) -> int:
    """Looks of one written step: a product, a sum over one denominator, or a fraction expanded or reduced."""
    left, _, right = step.partition("=")
    (over, under), *other = _FRACTION.findall(left)
    if "*" in left:
        return len(over) * len(other[0][0]) + len(under) * len(other[0][1])
    if other:
        return max(len(over), len(other[0][0]))
    ((new_over, new_under),) = _FRACTION.findall(right) or [(right, "1")]
    smaller, larger = sorted((int(under), int(new_under)))
    reduced = 2 if larger == int(under) else 1
    return reduced * len(str(larger // smaller)) * (len(new_over) + len(new_under))


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one expression whose value is neither 0 nor 1, the best guesses, nor a fraction of the expression."""
    terms = _terms(level, rng)
    while _trivial(terms):
        terms = _terms(level, rng)
    text = ""
    for sign, (over, under), factor in terms:
        written = f"{over}/{under}" if factor == (1, 1) else f"{over}/{under} * {factor[0]}/{factor[1]}"
        text += f" {sign} {written}" if text else written
    template = rng.choice(_TEMPLATES)
    if template == "what_is":
        prompt = f"What is {text}? Write the result as a fraction in lowest terms."
    else:
        prompt = f"Work out {text} and give the result as a fraction in lowest terms."
    yield prompt
    steps: list[str] = []
    parts = [fraction if factor == (1, 1) else _multiply(fraction, factor, steps) for _, fraction, factor in terms]
    value = parts[0]
    for (sign, _, _), part in zip(terms[1:], parts[1:], strict=True):
        value = _combine(value, sign, part, steps)
    answer = str(Fraction(*value))
    chance = {1: 0.03, 2: 0.01, 3: 0.006, 4: 0.002, 5: 0.001}[exercise(level)]
    return Draft(prompt, answer, worked(steps, answer), template, chance, steps=sum(map(_looks, steps)))


KIND = Kind(
    "fraction_sum", 2, Skill.CALCULATION, Domain.MATH, AnswerType.RATIONAL, draft, levels=tuple(_TERMS), order=3,
    grows="terms, up to 21",
)  # fmt: skip
