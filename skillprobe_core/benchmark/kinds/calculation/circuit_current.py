"""The current through a network of resistors.

It needs calculation: the stated rules for series and parallel are applied to the numbers. They stand in the prompt,
so no physics is recalled; nothing changes over time, nothing is listed or judged. Levels raise the number of
resistors and, from level 3 on, put some of them in parallel, nested at level 5.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from fractions import Fraction

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import spoken, worked

# Yields the prompt; returns it with the template, the steps and the current.
_Question = Generator[str, None, tuple[str, str, list[str], Fraction]]


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


def _series_question(level: int, rng: random.Random) -> _Question:
    resistances = [rng.randint(1, 9) if level == 1 else rng.randint(11, 60) for _ in range(2 if level == 1 else 4)]
    current = rng.randint(1, 9) if level == 1 else rng.randint(2, 40)
    voltage = sum(resistances) * current
    numbers = spoken([str(resistance) for resistance in resistances])
    template = rng.choice(("row", "formula"))
    if template == "row":
        prompt = (
            f"Resistors of {numbers} ohm are in series on {voltage} V. "
            "Add them to get R and use I = V / R. What is the current in A?"
        )
    else:
        prompt = f"What is I = V / R in A, if V = {voltage} V and R is the sum of {numbers} ohm?"
    yield prompt
    steps: list[str] = []
    total = _series(resistances, steps)
    steps.append(f"{voltage}/{total}={current}")
    return prompt, template, steps, Fraction(current)


def _network(level: int, rng: random.Random) -> _Question:
    """In series: one resistor and as many parallel pairs as levels above 2; at level 5 a third one joins each pair."""
    high = 12 if level == 3 else 30
    alone, voltage = rng.randint(1, high), rng.randint(5, 10 * high)
    texts: list[str] = []
    parts: list[list[int]] = []
    for _ in range(1 if level == 3 else 2):
        part = [rng.randint(2, high) for _ in range(4 if level == 5 else 2)]
        text = f"{part[0]} ohm parallel to {part[1]} ohm"
        if level == 5:
            text = f"({text}, then {part[2]} ohm in series) all parallel to {part[3]} ohm"
        parts.append(part)
        texts.append(text)
    prompt = (
        f"On {voltage} V, in series: {alone} ohm; {'; '.join(texts)}. In series resistances add, two in parallel "
        "make R1 * R2 / (R1 + R2), and I = V / R. What is the current in A, as an exact fraction?"
    )
    yield prompt
    steps: list[str] = []
    total = Fraction(alone)
    for a, b, *joined in parts:
        pair = _parallel(a, b, steps)
        if joined:
            c, d = joined
            steps.append(f"{pair}+{c}={pair + c}")
            pair = _parallel(pair + c, Fraction(d), steps)
        steps.append(f"{total}+{pair}={total + pair}")
        total += pair
    current = Fraction(voltage) / total
    steps.append(f"{voltage}/({total})={current}")
    return prompt, "network", steps, current


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one circuit."""
    question = _series_question(level, rng) if level <= 2 else _network(level, rng)
    prompt, template, steps, current = yield from question
    answer = str(current)
    chance = {1: 0.12, 2: 0.03, 3: 0.005, 4: 0.001, 5: 0.001}[level]
    return Draft(prompt, answer, worked(steps, answer), template, chance)


KIND = Kind("circuit_current", 1, Skill.CALCULATION, Domain.SCIENCE, AnswerType.RATIONAL, draft, order=3)
