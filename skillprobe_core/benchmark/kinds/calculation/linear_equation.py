"""Solve a linear equation in one unknown.

It needs calculation: terms are moved and divided until the unknown stands alone. The method is a fixed routine of
algebra, no process in the world is enacted, nothing is recalled, listed or judged. Levels raise the size of the
coefficients, then put the unknown on both sides, then into brackets, then into two of them.
"""

from __future__ import annotations

import random
import re

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Kind, Skill
from skillprobe_core.benchmark.kinds.working import worked

_TEMPLATES = ("solve", "what_is", "find")
_RANGE = {1: (1, 9), 2: (2, 30), 3: (-20, 20), 4: (-50, 50), 5: (-99, 99)}
_ROOTS = {level: [root for root in range(low, high + 1) if root] for level, (low, high) in _RANGE.items()}
_COEFFICIENT = {1: 9, 2: 12, 3: 15, 4: 20, 5: 40}
_CONSTANT = {1: 20, 2: 60, 3: 60, 4: 30, 5: 60}


def _plus(number: int) -> str:
    return f"+ {number}" if number >= 0 else f"- {-number}"


def _last_steps(coefficient: int, right: int) -> list[str]:
    return [f"{coefficient}*x={right}", f"x={right}/{coefficient}={right // coefficient}"]


def _one_side(x: int, a: int, b: int) -> tuple[str, list[str]]:
    c = a * x + b
    turned = f"{c}-{b}" if b >= 0 else f"{c}+{-b}"
    return f"{a}*x {_plus(b)} = {c}", [f"{turned}={c - b}", *_last_steps(a, c - b)]


def _both_sides(x: int, a: int, b: int, c: int) -> tuple[str, list[str]]:
    d = (a - c) * x + b
    turned = f"{d}-{b}" if b >= 0 else f"{d}+{-b}"
    steps = [f"{a}*x-{c}*x={a - c}*x", f"{turned}={d - b}", *_last_steps(a - c, d - b)]
    return f"{a}*x {_plus(b)} = {c}*x {_plus(d)}", steps


def _equation(level: int, rng: random.Random) -> tuple[int, str, list[str]]:
    """The solution, the equation and the steps of one draw."""
    most, high = _COEFFICIENT[level], _CONSTANT[level]
    x = rng.choice(_ROOTS[level])
    a, c = rng.sample(range(2, most + 1), 2)
    b = rng.randint(1, high) * (1 if level == 1 else rng.choice((1, -1)))
    if level <= 2:
        equation, steps = _one_side(x, a, b)
    elif level == 3:
        equation, steps = _both_sides(x, a, b, c)
    elif level == 4:
        plain, steps = _both_sides(x, a, a * b, c)
        equation = f"{a}*(x {_plus(b)}) = {plain.split(' = ')[1]}"
        steps = [f"{a}*(x {_plus(b)}) = {a}*x {_plus(a * b)}", *steps]
    else:
        inner, e = rng.randint(2, 9), rng.randint(1, high)
        if a * inner == c:
            inner += 1
        # a*(inner*x + b) - c*(x - e) = right
        slope, constant = a * inner - c, a * b + c * e
        right = slope * x + constant
        equation = f"{a}*({inner}*x {_plus(b)}) - {c}*(x - {e}) = {right}"
        turned = f"{right}-{constant}" if constant >= 0 else f"{right}+{-constant}"
        steps = [
            f"{a}*({inner}*x {_plus(b)}) = {a * inner}*x {_plus(a * b)}",
            f"{c}*(x - {e}) = {c}*x - {c * e}",
            f"{a * inner}*x-{c}*x={slope}*x",
            f"{a * b}+{c * e}={constant}",
            f"{turned}={right - constant}",
            *_last_steps(slope, right - constant),
        ]
    return x, equation, steps


def draft(level: int, rng: random.Random) -> Draft:
    """Draw one equation with a whole-number solution that is neither 0 nor a number of the equation."""
    x, equation, steps = _equation(level, rng)
    while str(abs(x)) in re.findall(r"\d+", equation):
        x, equation, steps = _equation(level, rng)
    template = rng.choice(_TEMPLATES)
    if template == "solve":
        prompt = f"Solve for x: {equation}"
    elif template == "what_is":
        prompt = f"If {equation}, what is x?"
    else:
        prompt = f"Find the number x for which {equation}."
    low, top = _RANGE[level]
    return Draft(prompt, str(x), worked(steps, str(x)), template, 1 / (top - low + (low > 0)))


KIND = Kind("linear_equation", 2, Skill.CALCULATION, Domain.MATH, AnswerType.INTEGER, draft, order=2)
