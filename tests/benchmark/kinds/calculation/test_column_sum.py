"""Sums, solved again by decimal arithmetic."""

import re
from decimal import Decimal, localcontext

from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        numbers = [Decimal(text) for text in re.findall(r"\d+", item.prompt)]
        with localcontext(prec=100):
            assert str(sum(numbers)) == item.answer, item.prompt
        assert len(numbers) >= 2


def test_every_column_of_the_reference_carries_right(drawn):
    for item in drawn(KIND):
        *columns, last = item.reference.splitlines()[:-1]
        written = ""
        for column in columns:
            total, digit, carry = map(int, re.search(r"=(\d+) write (\d) carry (\d+)$", column).groups())
            assert total == 10 * carry + digit
            written = f"{digit}{written}"
        assert f"{last.rpartition('=')[2]}{written}" == item.answer
