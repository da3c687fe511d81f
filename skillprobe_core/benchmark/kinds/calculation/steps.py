"""Long addition and multiplication written out, each step small enough to be done in one look."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest


def column_addition(numbers: Sequence[int]) -> list[str]:
    """One line a column from the right, each with its sum, the digit written and the carry; numbers are at least 0."""
    lines: list[str] = []
    carry = 0
    for column in zip_longest(*(str(number)[::-1] for number in numbers), fillvalue=""):
        terms = list(filter(None, column))
        if carry:
            terms.append(str(carry))
        total = sum(map(int, terms))
        written = "+".join(terms) + f"={total}" if len(terms) > 1 else terms[0]
        carry = total // 10
        lines.append(f"{written} write {total % 10} carry {carry}")
    lines[-1] = written
    return lines


def product(a: int, b: int) -> list[str]:
    """The product of two numbers of at least 0 by the decimal places of the second, with running sums."""
    parts: list[int] = []
    unit = 10 ** (len(str(b)) - 1)
    for digit in str(b):
        if digit != "0":
            parts.append(int(digit) * unit)
        unit //= 10
    if len(parts) < 2:
        return [f"{a}*{b}={a * b}"]
    lines: list[str] = []
    total = 0
    for part in parts:
        more = a * part
        lines.append(f"{a}*{part}={more}")
        if total:
            lines.append(f"{total}+{more}={total + more}")
        total += more
    return lines
