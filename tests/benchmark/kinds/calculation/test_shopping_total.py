"""Baskets, solved again as a dot product over the names of the goods."""

import re

import numpy as np

from skillprobe_core.benchmark.kinds.calculation.shopping_total import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        price = {good: int(coins) for good, coins in re.findall(r"one (\w+) costs (\d+)", item.prompt)}
        amount = {good: int(count) for count, good in re.findall(r"(\d+) ([a-z]+)s\b", item.prompt) if good in price}
        assert price.keys() == amount.keys()
        total = int(np.dot([price[good] for good in price], [amount[good] for good in price]))
        note = re.search(r"(?:pays with|how many of) (\d+) coins", item.prompt)
        assert str(int(note[1]) - total if note else total) == item.answer, item.prompt
