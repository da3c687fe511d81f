"""Concentrations after diluting and mixing solutions.

It needs calculation: products, sums and a quotient of the given numbers. The law stands in the prompt, so no
chemistry is recalled; the law replaces any process; nothing is listed or judged. Levels go from a whole-number
quotient to two decimals, then to mixtures of two, three and four solutions. From level 6 on, more and more solutions
are mixed, and six decimals are required, so that a wrong digit anywhere shows.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from decimal import ROUND_HALF_UP, Decimal

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, spoken, worked
from skillprobe_core.benchmark.ladder import LADDER

from .steps import looks

_SOLUTIONS = {3: 2, 4: 3, 5: 4, 6: 9, 7: 20, 8: 45, 9: 106}
_CENT, _MILLIONTH = Decimal("0.01"), Decimal("0.000001")
# Yields the prompt; returns it with the template, the steps and the concentration.
_Question = Generator[str, None, tuple[str, str, list[str], Decimal]]


def _dilute(level: int, rng: random.Random) -> _Question:
    if level == 1:
        result, factor = rng.randint(1, 9), rng.randint(2, 6)
        before, small = result * factor, rng.choice(range(5, 100, 5))
        large = small * factor
    else:
        before, small = rng.randint(2, 40), rng.randint(11, 99)
        large = rng.choice(range(100, 1000, 20))
    rounding = "" if level == 1 else " Round to two decimal places."
    template = rng.choice(("fill_up", "formula"))
    if template == "fill_up":
        prompt = (
            f"{small} mL of a solution of {before} g/L is diluted with water to {large} mL. "
            f"Use c1 * V1 = c2 * V2. What is the new concentration in g/L?{rounding}"
        )
    else:
        prompt = (
            f"Use c1 * V1 = c2 * V2 with c1 = {before} g/L, V1 = {small} mL and V2 = {large} mL. "
            f"What is c2 in g/L?{rounding}"
        )
    yield prompt
    value = (Decimal(before * small) / large).quantize(_CENT, ROUND_HALF_UP).normalize()
    steps = [f"{before}*{small}={before * small}", f"{before * small}/{large}={value:f}"]
    return prompt, template, steps, value


def _mix(level: int, rng: random.Random) -> _Question:
    count = _SOLUTIONS[level]
    strengths = [rng.randint(2, 20 * (level - 2)) for _ in range(count)]
    volumes = [rng.randint(2, 30 * (level - 2)) for _ in range(count)]
    unit, places = (_CENT, "two") if level < LADDER else (_MILLIONTH, "six")
    solutions = spoken([f"{v} mL of {c} g/L" for c, v in zip(strengths, volumes, strict=True)])
    prompt = (
        f"Solutions of the same salt are mixed: {solutions}. The concentration of the mixture is the sum of c * V "
        f"divided by the sum of V. What is it in g/L? Round to {places} decimal places."
    )
    yield prompt
    parts = [c * v for c, v in zip(strengths, volumes, strict=True)]
    value = (Decimal(sum(parts)) / sum(volumes)).quantize(unit, ROUND_HALF_UP).normalize()
    steps = [f"{c}*{v}={c * v}" for c, v in zip(strengths, volumes, strict=True)]
    for numbers in (parts, volumes):
        total = numbers[0]
        for number in numbers[1:]:
            steps.append(f"{total}+{number}={total + number}")
            total += number
    steps.append(f"{sum(parts)}/{sum(volumes)}={value:f}")
    return prompt, "mix", steps, value


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one dilution or mixture."""
    question = _dilute(level, rng) if level <= 2 else _mix(level, rng)
    prompt, template, steps, value = yield from question
    answer = f"{value:f}"
    tolerance = 0.01 if level < LADDER else 0.000_001
    chance = {1: 0.12, 2: 0.01, 3: 0.01, 4: 0.005, 5: 0.003}[exercise(level)]
    return Draft(prompt, answer, worked(steps, answer), template, chance, tolerance=tolerance, steps=looks(steps))


KIND = Kind(
    "dilution", 2, Skill.CALCULATION, Domain.SCIENCE, AnswerType.DECIMAL, draft, levels=(1, 2, *_SOLUTIONS), order=2,
    grows="mixed solutions, up to 106",
)  # fmt: skip
