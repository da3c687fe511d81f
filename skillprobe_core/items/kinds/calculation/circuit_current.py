"""The current through a network of resistors.

It needs calculation: the stated rules for series and parallel are applied to the numbers. They stand in the prompt,
so no physics is recalled; nothing changes over time, nothing is listed or judged. Levels raise the number of
resistors and, from level 3 on, put some of them in parallel, nested at level 5.
"""

from __future__ import annotations

import random
from fractions import Fraction

from skillprobe_core.items.kinds.working import spoken, worked
from skillprobe_core.items.schema import AnswerType, Domain, Draft, Kind, Skill


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


def _series_question(level: int, rng: random.Random) -> tuple[str, str, list[str], Fraction]:
    resistances = [rng.randint(1, 9) if level == 1 else rng.randint(11, 60) for _ in range(2 if level == 1 else 4)]
    current = rng.randint(1, 9) if level == 1 else rng.randint(2, 40)
    steps: list[str] = []
    total = _series(resistances, steps)
    steps.append(f"{total * current}/{total}={current}")
    numbers = spoken([str(resistance) for resistance in resistances])
    template = rng.choice(("row", "formula"))
    if template == "row":
        prompt = (
            f"Resistors of {numbers} ohm are in series on {total * current} V. "
            "Add them to get R and use I = V / R. What is the current in A?"
        )
    else:
        prompt = f"What is I = V / R in A, if V = {total * current} V and R is the sum of {numbers} ohm?"
    return prompt, template, steps, Fraction(current)


def _network(level: int, rng: random.Random) -> tuple[str, str, list[str], Fraction]:
    """In series: one resistor and as many parallel pairs as levels above 2; at level 5 a third one joins each pair."""
    high = 12 if level == 3 else 30
    alone, voltage = rng.randint(1, high), rng.randint(5, 10 * high)
    steps: list[str] = []
    parts: list[str] = []
    total = Fraction(alone)
    for _ in range(1 if level == 3 else 2):
        a, b = rng.randint(2, high), rng.randint(2, high)
        pair = _parallel(a, b, steps)
        text = f"{a} ohm parallel to {b} ohm"
        if level == 5:
            c = rng.randint(2, high)
            steps.append(f"{pair}+{c}={pair + c}")
            d = rng.randint(2, high)
            text = f"({text}, then {c} ohm in series) all parallel to {d} ohm"
            pair = _parallel(pair + c, Fraction(d), steps)
        parts.append(text)
        steps.append(f"{total}+{pair}={total + pair}")
        total += pair
    current = Fraction(voltage) / total
    steps.append(f"{voltage}/({total})={current}")
    prompt = (
        f"On {voltage} V, in series: {alone} ohm; {'; '.join(parts)}. In series resistances add, two in parallel "
        "make R1 * R2 / (R1 + R2), and I = V / R. What is the current in A, as an exact fraction?"
    )
    return prompt, "network", steps, current


def draft(level: int, rng: random.Random) -> Draft:
    """Draw one circuit."""
    prompt, template, steps, current = _series_question(level, rng) if level <= 2 else _network(level, rng)
    answer = str(current)
    chance = {1: 0.12, 2: 0.03, 3: 0.005, 4: 0.001, 5: 0.001}[level]
    return Draft(prompt, answer, worked(steps, answer), template, chance)


KIND = Kind("circuit_current", 1, Skill.CALCULATION, Domain.SCIENCE, AnswerType.RATIONAL, draft)
