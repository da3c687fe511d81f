"""Long addition and multiplication written out, each step small enough to be done in one look."""

from __future__ import annotations

from collections.abc import Sequence


def column_addition(numbers: Sequence[int]) -> list[str]:
    """One line a column from the right, each with its sum, the digit written and the carry; numbers are at least 0."""
    lines: list[str] = []
    carry = 0
    width = max(len(str(number)) for number in numbers)
    for place in range(width):
        digits = [int(text[-1 - place]) for number in numbers if len(text := str(number)) > place]
        terms = [*digits, carry] if carry else digits
        total = sum(terms)
        written = "+".join(map(str, terms)) + f"={total}" if len(terms) > 1 else str(total)
        carry = total // 10
        if place == width - 1:
            lines.append(written)
        else:
            lines.append(f"{written} write {total % 10} carry {carry}")
    return lines


def product(a: int, b: int) -> list[str]:
    """The product of two numbers of at least 0 by the decimal places of the second, with running sums."""
    places = [int(digit) * 10**place for place, digit in enumerate(reversed(str(b)))]
    parts = [part for part in reversed(places) if part]
    if len(parts) < 2:
        return [f"{a}*{b}={a * b}"]
    lines: list[str] = []
    total = 0
    for part in parts:
        lines.append(f"{a}*{part}={a * part}")
        if total:
            lines.append(f"{total}+{a * part}={total + a * part}")
        total += a * part
    return lines
