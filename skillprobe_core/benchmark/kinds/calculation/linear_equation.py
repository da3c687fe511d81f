"""Solve a linear equation in one unknown.

It needs calculation: terms are moved and divided until the unknown stands alone. The method is a fixed routine of
algebra, no process in the world is enacted, nothing is recalled, listed or judged. Levels raise the size of the
coefficients, then put the unknown on both sides, then into brackets, then into two of them. From level 6 on, both
sides are sums of more and more brackets.
"""

from __future__ import annotations

import random
import re

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, worked
from skillprobe_core.benchmark.ladder import LADDER

from .steps import looks

_TEMPLATES = ("solve", "what_is", "find")
_RANGE = {1: (1, 9), 2: (2, 30), 3: (-20, 20), 4: (-50, 50), 5: (-99, 99)}
_ROOTS = {level: [root for root in range(low, high + 1) if root] for level, (low, high) in _RANGE.items()}
_LADDER_ROOTS = [root for root in range(-999, 1000) if abs(root) > 99]
_BRACKETS = {6: 2, 7: 5, 8: 11, 9: 24, 10: 50}
_COEFFICIENT = {1: 9, 2: 12, 3: 15, 4: 20, 5: 40}
_CONSTANT = {1: 20, 2: 60, 3: 60, 4: 30, 5: 60}
_BRACKET = re.compile(r"(\d+)\*\((?:(\d+)\*)?x [-+] (\d+)\)")


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


def _sums_of_brackets(level: int, rng: random.Random) -> tuple[int, str, list[str]]:
    """Sums of as many brackets a*(b*x + c) on both sides, and a constant on the right."""
    x, sides = rng.choice(_LADDER_ROOTS), ["", ""]
    steps: list[str] = []
    slope = constant = 0
    for place in range(2 * _BRACKETS[level]):
        a, b, c = rng.randint(2, 99), rng.randint(2, 99), rng.randint(1, 99) * rng.choice((1, -1))
        sign = rng.choice((1, -1)) if sides[place % 2] else 1
        sides[place % 2] += f"{' + ' if sign > 0 else ' - '}{a}*({b}*x {_plus(c)})"
        turned = sign if place % 2 == 0 else -sign
        steps += [f"{a}*{b}={a * b}", f"{a}*({c})={a * c}"]
        steps.append(f"{slope}{turned * a * b:+d}={slope + turned * a * b}")
        steps.append(f"{constant}{turned * a * c:+d}={constant + turned * a * c}")
        slope, constant = slope + turned * a * b, constant + turned * a * c
    if slope == 0:
        return _sums_of_brackets(level, rng)
    right = slope * x + constant
    left, other = (side.removeprefix(" + ") for side in sides)
    steps += [f"{right}{-constant:+d}={right - constant}", *_last_steps(slope, right - constant)]
    return x, f"{left} = {other} {_plus(right)}", steps


def _looks(step: str) -> int:
    """Looks of one step; a coefficient of x counts as a number."""
    bracket = _BRACKET.match(step)
    if bracket:
        a, b, c = bracket.groups()
        return looks([f"{a}*{c}", *([f"{a}*{b}"] if b else [])])
    return looks([step.removeprefix("x=").replace("*x", "")])


def _equation(level: int, rng: random.Random) -> tuple[int, str, list[str]]:
    """The solution, the equation and the steps of one draw."""
    if level >= LADDER:
        return _sums_of_brackets(level, rng)
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


def draft(level: int, rng: random.Random) -> Drafting:
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
    yield prompt
    low, top = _RANGE[exercise(level)]
    chance = 1 / (top - low + (low > 0)) if level < LADDER else 1 / len(_LADDER_ROOTS)
    return Draft(prompt, str(x), worked(steps, str(x)), template, chance, steps=sum(map(_looks, steps)))


KIND = Kind(
    "linear_equation", 2, Skill.CALCULATION, Domain.MATH, AnswerType.INTEGER, draft, levels=(*_RANGE, *_BRACKETS),
    order=2, grows="brackets, up to 50 on each side",
)  # fmt: skip
