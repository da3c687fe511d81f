"""Twins of calculations: a number that every result depends on is not stated."""

from __future__ import annotations

import random
import re
from decimal import Decimal

from skillprobe_core.benchmark.kinds.working import spoken

from .twin import Twin, TwinKind

_PRICE = r"one \w+ costs \d+ coins"
_PRICES = re.compile(rf"{_PRICE}(?:(?:, | and ){_PRICE})+")
_VOLTAGE = re.compile(r"source of (\d+) V\b|V = (\d+) V and ")
_SPEED = re.compile(r" is moving at (\d+) m/s\b|u = (\d+) m/s, ")
_COST = re.compile(r"A (\w+) costs ([\d.]+) coins\. Its price is |The price of a (\w+) was ([\d.]+) coins\. It went ")
_START = re.compile(
    r"its elements have size (\d+), and it starts at address (\d+)|array a starts at address (\d+), has "
)


def _without_price(prompt: str, _: str, rng: random.Random) -> Twin | None:
    """A basket with one good whose price is missing; every good is bought at least twice."""
    found = _PRICES.search(prompt)
    if found is None:
        return None
    prices = re.findall(_PRICE, found[0])
    removed = rng.choice(prices)
    good, price = re.findall(r"one (\w+) costs (\d+)", removed)[0]
    rest = spoken([each for each in prices if each != removed])
    other = found[0].replace(removed, f"one {good} costs {int(price) - 1} coins")
    return Twin(prompt.replace(found[0], rest), f"price of one {good}", (prompt, prompt.replace(found[0], other)))


def _replaced(prompt: str, found: re.Match[str], short: str, stated: str, removed: str) -> Twin:
    """The twin with `short` in place of a match, and the prompt with `stated` there."""
    before, after = prompt[: found.start()], prompt[found.end() :]
    return Twin(f"{before}{short}{after}", removed, (prompt, f"{before}{stated}{after}"))


def _without_voltage(prompt: str, _: str, __: random.Random) -> Twin | None:
    """A circuit whose source has no stated voltage; the current is proportional to it."""
    found = _VOLTAGE.search(prompt)
    if found is None:
        return None
    volts = found[1] or found[2]
    short = "source" if found[1] else ""
    return _replaced(prompt, found, short, found[0].replace(volts, str(2 * int(volts))), "voltage of the source")


def _without_speed(prompt: str, _: str, __: random.Random) -> Twin | None:
    """A motion whose initial speed is missing; it adds to the speed, and to the distance of each second."""
    found = _SPEED.search(prompt)
    if found is None:
        return None
    speed = found[1] or found[2]
    short = " is moving" if found[1] else ""
    return _replaced(prompt, found, short, found[0].replace(speed, str(int(speed) + 1)), "initial speed")


def _without_cost(prompt: str, _: str, __: random.Random) -> Twin | None:
    """A price that changes by percentages, without the price at the start."""
    found = _COST.search(prompt)
    if found is None:
        return None
    thing, price = (found[1], found[2]) if found[1] else (found[3], found[4])
    short = f"The price of a {thing} is " if found[1] else f"The price of a {thing} went "
    stated = found[0].replace(price, str(2 * Decimal(price)))
    return _replaced(prompt, found, short, stated, f"price of the {thing} at the start")


def _without_start(prompt: str, _: str, __: random.Random) -> Twin | None:
    """An array without its start address, to which every address is relative."""
    found = _START.search(prompt)
    if found is None:
        return None
    start = found[2] or found[3]
    short = f"and its elements have size {found[1]}" if found[2] else "array a has "
    stated = found[0].replace(f"address {start}", f"address {int(start) + 8}")
    return _replaced(prompt, found, short, stated, "address at which the array starts")


SHOPPING_TOTAL = TwinKind("shopping_total", _without_price)
CIRCUIT_CURRENT = TwinKind("circuit_current", _without_voltage)
MOTION_FORMULA = TwinKind("motion_formula", _without_speed)
PRICE_CHANGES = TwinKind("price_changes", _without_cost)
ARRAY_ADDRESS = TwinKind("array_address", _without_start)
