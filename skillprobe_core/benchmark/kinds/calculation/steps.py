"""Long addition and multiplication written out, each step small enough to be done in one look, and counts of looks.

A look is one column of an addition or one product of two digits. In a division each digit of the quotient takes as
many of both as the divisor has digits. Trailing zeros of a factor take none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise, zip_longest

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_OPERATOR = re.compile(r"(?<=[\d)])(?://|[-+*/%])")


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


def looks(lines: Iterable[str]) -> int:
    """Looks of written operations such as `12*34=408`, `408+7=415` or `97//6=16`: see the top of this module."""
    return sum(map(_looks, lines))


def _looks(line: str) -> int:
    numbers = [number.replace(".", "") for number in _NUMBER.findall(line)]
    longest, result = max(map(len, numbers), default=0), len(numbers[-1]) if numbers else 0
    total = 0
    for (a, b), operator in zip(pairwise(numbers), _OPERATOR.findall(line.partition("=")[0]), strict=False):
        short = b.rstrip("0")
        if operator in "+-":
            total += longest
        elif operator == "*":
            total += len(a) * len(short)
        elif short != "1":
            quotient = result if operator == "/" else max(len(a) - len(b) + 1, 1)
            total += 2 * len(b) * quotient
    return total
