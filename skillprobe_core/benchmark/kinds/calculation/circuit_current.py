"""The current through a network of resistors.

It needs calculation: the stated rules for series and parallel are applied to the numbers. They stand in the prompt,
so no physics is recalled; nothing changes over time, nothing is listed or judged. Levels raise the number of
resistors and, from level 3 on, put some of them in parallel, nested from level 5 on. From level 6 on, there are more
and more nested parts, and the fractions grow with them.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from fractions import Fraction

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, spoken, worked

from .steps import looks

_PARTS = {3: 1, 4: 2, 5: 2, 6: 4, 7: 7, 8: 12}
# Yields the prompt; returns it with the template, the steps, their looks and the current.
_Question = Generator[str, None, tuple[str, str, list[str], int, Fraction]]


def _series(resistances: list[int], steps: list[str]) -> int:
    total = resistances[0]
    for resistance in resistances[1:]:
        steps.append(f"{total}+{resistance}={total + resistance}")
        total += resistance
    return total


def _parallel(a: Fraction | int, b: Fraction | int, steps: list[str]) -> Fraction:
    result = Fraction(a * b) / (a + b)
    steps.append(f"{a * b}/({a}+{b})={result}" if isinstance(a, int) else f"({a * b})/({a + b})={result}")
    return result


def _adding(a: Fraction | int, b: Fraction | int) -> int:
    """Looks of adding two fractions without reducing them: the products across and their sum."""
    over, under, other_over, other_under = (
        len(str(number)) if number > 1 else 0 for each in (a, b) for number in each.as_integer_ratio()
    )
    crossed = over * other_under + other_over * under + under * other_under
    return crossed + max(over + other_under, other_over + under)


def _in_parallel(a: Fraction | int, b: Fraction | int) -> int:
    """Looks of the product of two resistances over their sum."""
    (over, _), (other_over, _) = a.as_integer_ratio(), b.as_integer_ratio()
    return len(str(over)) * len(str(other_over)) + _adding(a, b)


def _series_question(level: int, rng: random.Random) -> _Question:
    resistances = [rng.randint(1, 9) if level == 1 else rng.randint(11, 60) for _ in range(2 if level == 1 else 4)]
    currents = range(1, 10) if level == 1 else range(2, 41)
    current = rng.choice([each for each in currents if each not in resistances])
    voltage = sum(resistances) * current
    numbers = spoken([str(resistance) for resistance in resistances])
    template = rng.choice(("row", "formula"))
    if template == "row":
        prompt = (
            f"Resistors of {numbers} ohms are connected in series to a source of {voltage} V. "
            "Add the resistances to get R and use I = V / R. What is the current in amperes?"
        )
    else:
        prompt = f"What is I = V / R in amperes if V = {voltage} V and R is the sum of {numbers} ohms?"
    yield prompt
    steps: list[str] = []
    total = _series(resistances, steps)
    steps.append(f"{voltage}/{total}={current}")
    return prompt, template, steps, looks(steps), Fraction(current)


def _network(level: int, rng: random.Random) -> _Question:
    """In series: one resistor and parallel pairs; from level 5 on, each pair has a branch next to another resistor."""
    high = 12 if level == 3 else 30
    alone, voltage = rng.randint(1, high), rng.randint(5, 10 * high)
    texts: list[str] = []
    parts: list[list[int]] = []
    for _ in range(_PARTS[level]):
        part = [rng.randint(2, high) for _ in range(4 if level >= 5 else 2)]
        text = f"{part[0]} ohms in parallel with {part[1]} ohms"
        if level >= 5:
            text = f"a branch of {part[2]} ohms in series with the pair ({text}), all in parallel with {part[3]} ohms"
        parts.append(part)
        texts.append(text)
    prompt = (
        f"A source of {voltage} V feeds these parts, connected in series: {alone} ohms; "
        f"{'; '.join(texts)}. Resistances in "
        "series add up, two in parallel make R1 * R2 / (R1 + R2), and I = V / R. "
        "What is the current in amperes, as an exact fraction?"
    )
    yield prompt
    steps: list[str] = []
    total, count = Fraction(alone), 0
    for a, b, *joined in parts:
        count += _in_parallel(a, b)
        pair = _parallel(a, b, steps)
        if joined:
            c, d = joined
            count += _adding(pair, c) + _in_parallel(pair + c, d)
            steps.append(f"{pair}+{c}={pair + c}")
            pair = _parallel(pair + c, Fraction(d), steps)
        count += _adding(total, pair)
        steps.append(f"{total}+{pair}={total + pair}")
        total += pair
    current = Fraction(voltage) / total
    count += len(str(voltage)) * len(str(total.denominator))
    steps.append(f"{voltage}/({total})={current}")
    return prompt, "network", steps, count, current


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one circuit."""
    question = _series_question(level, rng) if level <= 2 else _network(level, rng)
    prompt, template, steps, count, current = yield from question
    answer = str(current)
    chance = {1: 0.12, 2: 0.03, 3: 0.005, 4: 0.001, 5: 0.001}[exercise(level)]
    return Draft(prompt, answer, worked(steps, answer), template, chance, steps=count)


KIND = Kind(
    "circuit_current", 2, Skill.CALCULATION, Domain.SCIENCE, AnswerType.RATIONAL, draft, levels=(1, 2, *_PARTS),
    order=3, grows="nested parts of the network, up to 12",
)  # fmt: skip
