"""Work out what a basket costs.

It needs calculation: counts times prices, summed. The prices are given, so no fact is recalled; nothing changes
over time, nothing is listed and no reasoning is judged. Levels raise the number of goods, the prices and the counts,
and add the change from a banknote. From level 6 on, goods and digits grow.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, spoken, worked
from skillprobe_core.benchmark.ladder import LADDER

from .steps import looks, product

_GOODS = ("apple", "book", "candle", "cup", "egg", "lemon", "pen", "plate", "roll", "stamp")
_MORE_GOODS = (
    "bag", "ball", "basket", "bean", "bell", "bolt", "bowl", "button", "card", "chair", "coat", "doll", "drum", "fork",
    "hammer", "hat", "jar", "kite", "lamp", "map", "mug", "nail", "onion", "pan", "pear", "pillow", "pin", "pot",
    "ring", "rope", "scarf", "spoon", "table", "towel",
)  # fmt: skip
_COUNT = {1: 2, 2: 3, 3: 4, 4: 5, 5: 7, 6: 9, 7: 16, 8: 24, 9: 42}
_LARGEST_PRICE = {1: 9, 2: 12, 3: 30, 4: 99, 5: 499, 6: 999, 7: 4999, 8: 9999, 9: 49_999}
_LARGEST_AMOUNT = {1: 5, 2: 9, 3: 12, 4: 30, 5: 60, 6: 299, 7: 499, 8: 2999, 9: 4999}
_TEMPLATES = ("buy", "cost")


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one basket."""
    goods = rng.sample(_GOODS if level < LADDER else _GOODS + _MORE_GOODS, _COUNT[level])
    prices = [rng.randint(2, _LARGEST_PRICE[level]) for _ in goods]
    amounts = [rng.randint(2, _LARGEST_AMOUNT[level]) for _ in goods]
    template = rng.choice(_TEMPLATES)
    price_list = spoken([f"one {good} costs {price} coins" for good, price in zip(goods, prices, strict=True)])
    basket = spoken([f"{amount} {good}s" for good, amount in zip(goods, amounts, strict=True)])
    pays = sum(price * amount for price, amount in zip(prices, amounts, strict=True))
    # A larger note on the ladder, so that the change depends on all digits of the total.
    unit = 1000 if level < LADDER else 10 ** len(str(pays))
    note = (pays // unit + 1) * unit
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
    chance = {1: 0.03, 2: 0.01, 3: 0.004, 4: 0.002, 5: 0.002}[exercise(level)]
    return Draft(prompt, answer, worked(steps, answer), template, chance, steps=looks(steps))


KIND = Kind(
    "shopping_total", 2, Skill.CALCULATION, Domain.GENERAL, AnswerType.INTEGER, draft, levels=tuple(_COUNT), order=1,
    grows="goods and digits, up to 42 goods with prices of five digits and counts of four",
)  # fmt: skip
