"""Addresses, solved again by the strides of the dimensions."""

import re
from math import prod

from skillprobe_core.benchmark.kinds.calculation.array_address import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        index = [int(text) for text in re.findall(r"\[(\d+)\]", item.prompt)]
        columns = re.search(r"has (\d+) columns", item.prompt)
        inner = columns[1] if columns else re.search(r"inner dimensions ([\d, and]+)", item.prompt)[1]
        shape = (1000, *map(int, re.findall(r"\d+", inner)))
        size, start = (int(re.search(word + r" (\d+)", item.prompt)[1]) for word in ("have size", "starts at address"))
        assert all(place < extent for place, extent in zip(index, shape, strict=True))
        strides = [size * prod(shape[place + 1 :]) for place in range(len(shape))]
        assert str(start + sum(map(int.__mul__, index, strides))) == item.answer, item.prompt
