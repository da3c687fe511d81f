"""Calculations without a number: the results of two restored questions differ."""

import re
from fractions import Fraction

import numpy as np

from skillprobe_core.benchmark.twins import calculation_twins as twins
from tests.benchmark.kinds.calculation.test_circuit_current import resistance
from tests.benchmark.kinds.calculation.test_motion_formula import follow


def basket(prompt):
    price = {good: int(coins) for good, coins in re.findall(r"one (\w+) costs (\d+)", prompt)}
    amount = {good: int(count) for count, good in re.findall(r"(\d+) ([a-z]+)s\b", prompt) if good != "coin"}
    assert price.keys() == amount.keys(), "every price is stated"
    total = sum(price[good] * amount[good] for good in price)
    note = re.search(r"(?:pays with|how many of) (\d+) coins", prompt)
    return str(int(note[1]) - total if note else total)


def current(prompt):
    volts = Fraction(re.search(r"(\d+) V\b", prompt)[1])
    parts = re.search(r"in series: (.+?)\. Resistances", prompt)
    if parts:
        return str(volts / sum(resistance(part) for part in parts[1].split("; ")))
    return str(volts / sum(map(Fraction, re.findall(r"\d+", re.search(r"([\d, and]+) ohm", prompt)[1]))))


def motion(prompt):
    numbers = [int(text) for text in re.findall(r"(\d+)(?= m/s| s\b)", prompt)]
    speed, acceleration, time, *further = numbers
    reached, distance = follow(speed, acceleration, time)
    if further:
        return str(distance + follow(reached, *further)[1])
    return str(distance if "metres" in prompt else reached)


def price(prompt):
    value = Fraction(re.search(r"([\d.]+) coins", prompt)[1])
    for word, percent in re.findall(r"(reduced|down|raised|up) by (\d+)", prompt):
        value *= 1 + Fraction(int(percent) * (-1 if word in {"reduced", "down"} else 1), 100)
    cents = int(value * 100 + Fraction(1, 2))
    return f"{cents / 100:.2f}".rstrip("0").rstrip(".")


def address(prompt):
    index = [int(text) for text in re.findall(r"\[(\d+)\]", prompt)]
    columns = re.search(r"has (\d+) columns", prompt)
    inner = columns[1] if columns else re.search(r"inner dimensions ([\d, and]+)", prompt)[1]
    shape = (1000, *map(int, re.findall(r"\d+", inner)))
    size, start = (int(re.search(word + r" (\d+)", prompt)[1]) for word in ("have size", "starts at address"))
    return str(start + size * int(np.ravel_multi_index(index, shape)))


def test_a_basket_with_a_good_of_unknown_price(proved):
    assert proved(twins.SHOPPING_TOTAL, basket) == 1


def test_a_circuit_on_an_unknown_voltage(proved):
    assert proved(twins.CIRCUIT_CURRENT, current) == 1


def test_a_motion_from_an_unknown_speed(proved):
    assert proved(twins.MOTION_FORMULA, motion) == 1


def test_changes_of_an_unknown_price(proved):
    assert proved(twins.PRICE_CHANGES, price) == 1


def test_an_array_at_an_unknown_address(proved):
    assert proved(twins.ARRAY_ADDRESS, address) == 1
