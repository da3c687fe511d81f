"""Work out what a basket costs.

It needs calculation: counts times prices, summed. The prices are given, so no fact is recalled; nothing changes
over time, nothing is listed and no reasoning is judged. Levels raise the number of goods, the prices and the counts,
and add the change from a banknote.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import spoken, worked

from .steps import product

_GOODS = ("apple", "book", "candle", "cup", "egg", "lemon", "pen", "plate", "roll", "stamp")
_COUNT = {1: 2, 2: 3, 3: 4, 4: 5, 5: 7}
_LARGEST_PRICE = {1: 9, 2: 12, 3: 30, 4: 99, 5: 499}
_LARGEST_AMOUNT = {1: 5, 2: 9, 3: 12, 4: 30, 5: 60}
_TEMPLATES = ("buy", "cost")


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one basket."""
    goods = rng.sample(_GOODS, _COUNT[level])
    prices = [rng.randint(2, _LARGEST_PRICE[level]) for _ in goods]
    amounts = [rng.randint(2, _LARGEST_AMOUNT[level]) for _ in goods]
    template = rng.choice(_TEMPLATES)
    price_list = spoken([f"one {good} costs {price} coins" for good, price in zip(goods, prices, strict=True)])
    basket = spoken([f"{amount} {good}s" for good, amount in zip(goods, amounts, strict=True)])
    pays = sum(price * amount for price, amount in zip(prices, amounts, strict=True))
    note = (pays // 1000 + 1) * 1000
    if template == "buy" and level <= 3:
        prompt = f"In a shop, {price_list}. Ann buys {basket}. How many coins does she pay?"
    elif template == "buy":
        prompt = (
            f"In a shop, {price_list}. Ann buys {basket} and pays with {note} coins. How many coins does she get back?"
        )
    elif level <= 3:
        prompt = f"If {price_list}, how many coins do {basket} cost in total?"
    else:
        prompt = f"If {price_list}, how many of {note} coins are left after buying {basket}?"
    yield prompt
    steps: list[str] = []
    total = 0
    for price, amount in zip(prices, amounts, strict=True):
        steps += product(price, amount)
        if total:
            steps.append(f"{total}+{price * amount}={total + price * amount}")
        total += price * amount
    if level >= 4:
        steps.append(f"{note}-{total}={note - total}")
        total = note - total
    answer = str(total)
    chance = {1: 0.03, 2: 0.01, 3: 0.004, 4: 0.002, 5: 0.002}[level]
    return Draft(prompt, answer, worked(steps, answer), template, chance)


KIND = Kind("shopping_total", 2, Skill.CALCULATION, Domain.GENERAL, AnswerType.INTEGER, draft, order=1)
