"""A price after percentages are taken off or put on.

It needs calculation: percentages of amounts, added or subtracted. What percent means is common to all readers, the
changes are a chain of products, nothing is recalled, listed or judged. Levels raise the precision of the price, the
crookedness of the percentages and the number of changes. From level 6 on, the result is not rounded, and with the
number of changes its decimals grow.
"""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal, localcontext

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, worked
from skillprobe_core.benchmark.ladder import LADDER

from .steps import looks

_THINGS = ("coat", "bike", "lamp", "desk", "book")
_CHANGES = {1: 1, 2: 1, 3: 2, 4: 3, 5: 5, 6: 8, 7: 13, 8: 20, 9: 30}
# More digits than any exact result has.
_EXACT = 100
_CENT = Decimal("0.01")


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _changed(value: Decimal, changes: list[tuple[str, int]], steps: list[str]) -> Decimal:
    for direction, percent in changes:
        part = value * percent / 100
        steps.append(f"{_text(value)}*{percent}/100={_text(part)}")
        new = value - part if direction == "off" else value + part
        steps.append(f"{_text(value)}{'-' if direction == 'off' else '+'}{_text(part)}={_text(new)}")
        value = new
    return value


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one price and its changes; only the last value is rounded, and none on the ladder."""
    thing = rng.choice(_THINGS)
    price = Decimal(rng.choice(range(20, 401, 20)) if level == 1 else rng.randint(50, 999))
    if level >= 4:
        price += Decimal(rng.randint(1, 99)) * _CENT
    changes: list[tuple[str, int]] = []
    for _ in range(_CHANGES[level]):
        percent = rng.choice(range(5, 96, 5)) if level == 1 else rng.randint(2, 60)
        changes.append((rng.choice(("off", "more")), percent))
    template = rng.choice(("changes", "now"))
    if template == "changes":
        written = ", then ".join(f"{'reduced' if d == 'off' else 'raised'} by {p} percent" for d, p in changes)
        prompt = f"A {thing} costs {price} coins. Its price is {written}. What is the price after that, in coins?"
    else:
        written = ", then ".join(f"{'down' if d == 'off' else 'up'} by {p} percent" for d, p in changes)
        prompt = (
            f"The price of a {thing} was {price} coins. It went {written}. How many coins does the {thing} cost now?"
        )
    if level >= LADDER:
        prompt += " Do not round: give the exact result with all its decimals."
    elif level > 1:
        prompt += " Round only the final result, to two decimal places."
    yield prompt
    steps: list[str] = []
    with localcontext(prec=_EXACT):
        value = _changed(price, changes, steps)
        rounded = value if level >= LADDER else value.quantize(_CENT, ROUND_HALF_UP)
        if rounded != value:
            steps.append(f"about {_text(rounded)}")
        answer = _text(rounded)
    # A tenth of the last decimal where all of them are required.
    tolerance = 0.01 if level < LADDER else float(f"1e-{2 * len(changes) + 3}")
    chance = {1: 0.015, 2: 0.003, 3: 0.001, 4: 0.001, 5: 0.001}[exercise(level)]
    return Draft(prompt, answer, worked(steps, answer), template, chance, tolerance=tolerance, steps=looks(steps))


KIND = Kind(
    "price_changes", 2, Skill.CALCULATION, Domain.GENERAL, AnswerType.DECIMAL, draft, levels=tuple(_CHANGES), order=3,
    grows="changes and the decimals that they leave, up to 30 changes and 62 decimals",
)  # fmt: skip
