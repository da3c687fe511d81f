"""Solutions of long linear equations, line by line, for `equation_steps`.

Both sides are sums of brackets. A line multiplies out one bracket, joins two terms, takes a term to the other side or
divides, so that every line is a whole equation that is held against the one before.
"""

from __future__ import annotations

import random
from typing import NamedTuple

_ROOTS = (*range(-9, -1), *range(2, 10))


class Term(NamedTuple):
    """factor * (slope * x + constant)."""

    factor: int
    slope: int
    constant: int

    def text(self) -> str:
        """The term with its sign, such as `+3(2x - 5)`, `-4x` or `+7`."""
        inner = "" if self.slope == 0 else {1: "x", -1: "-x"}.get(self.slope, f"{self.slope}x")
        if inner and self.constant:
            sign = "-" if self.factor < 0 else "+"
            added = "+" if self.constant > 0 else "-"
            return f"{sign} {abs(self.factor)}({inner} {added} {abs(self.constant)})"
        if inner:
            return inner.replace("-", "- ") if self.slope < 0 else f"+ {inner}"
        return f"{'-' if self.constant < 0 else '+'} {abs(self.constant)}"


Side = list[Term]
Line = tuple[Side, Side]


def text(line: Line) -> str:
    """The equation as it is written."""
    return " = ".join(_side(side) for side in line)


def _side(side: Side) -> str:
    written = " ".join(term.text() for term in side)
    return written[2:] if written.startswith("+ ") else written.replace("- ", "-", 1)


def _x(slope: int) -> Term:
    return Term(1, slope, 0)


def _number(value: int) -> Term:
    return Term(1, 0, value)


def _is_bracket(term: Term) -> bool:
    return bool(term.slope and term.constant)


def solution(brackets: int, rng: random.Random) -> list[Line]:
    """An equation with that many brackets on each side, and the lines that solve it; the last is `x = root`."""
    while True:
        sides = [[_bracket(rng) for _ in range(brackets)] for _ in range(2)]
        root = rng.choice(_ROOTS)
        slope, at_root = (
            [sum(term.factor * (term.slope * x + term.constant * c) for term in side) for side in sides]
            for x, c in ((1, 0), (root, 1))
        )
        rest = at_root[0] - at_root[1]
        if slope[0] - slope[1] not in (-1, 0, 1) and slope[1] and rest:
            sides[1].append(_number(rest))
            return _lines((sides[0], sides[1]))


def _bracket(rng: random.Random) -> Term:
    sign = rng.choice((-1, 1))
    return Term(sign * rng.randint(2, 9), rng.randint(1, 9), rng.choice((-1, 1)) * rng.randint(1, 9))


def _lines(line: Line) -> list[Line]:
    lines = [line]
    for place in (0, 1):
        while any(map(_is_bracket, lines[-1][place])):
            lines.append(_replaced(lines[-1], place, _opened(lines[-1][place])))
        while (joined := _joined(lines[-1][place])) is not None:
            lines.append(_replaced(lines[-1], place, joined))
    (p, q), (r, s) = ((sum(term.slope for term in side), sum(term.constant for term in side)) for side in lines[-1])
    if r:
        lines.append(([_x(p - r), *([_number(q)] if q else [])], [_number(s)]))
    if q:
        lines.append(([_x(p - r)], [_number(s - q)]))
    lines.append(([_x(1)], [_number((s - q) // (p - r))]))
    return lines


def _replaced(line: Line, place: int, side: Side) -> Line:
    return (side, line[1]) if place == 0 else (line[0], side)


def _opened(side: Side) -> Side:
    """The side with its first bracket multiplied out."""
    place = next(place for place, term in enumerate(side) if _is_bracket(term))
    factor, slope, constant = side[place]
    return [*side[:place], _x(factor * slope), _number(factor * constant), *side[place + 1 :]]


def _joined(side: Side) -> Side | None:
    """The side with its first two terms of one sort added up; None if there are no two."""
    for sort in (1, 2):
        places = [place for place, term in enumerate(side) if term[sort]][:2]
        if len(places) == 2:
            one, other = (side[place] for place in places)
            total = Term(1, one.slope + other.slope, one.constant + other.constant)
            kept = [term for place, term in enumerate(side) if place != places[1]]
            kept[places[0]] = total
            return [term for term in kept if term.slope or term.constant] or [_number(0)]
    return None


def slip(line: Line, before: Line, rng: random.Random) -> Line:
    """The line with one term changed by a common slip: a lost sign, a number that is off, or a forgotten factor."""
    place = rng.choice([place for place in (0, 1) if line[place] != [_x(1)]])
    side = line[place]
    number = rng.randrange(len(side))
    factor, slope, constant = side[number]
    off = rng.choice((-2, -1, 1, 2))
    changed = [Term(factor, slope, constant + off)] if constant else [Term(factor, slope + off, 0)]
    changed += [Term(factor, -slope, constant)] if slope else [Term(factor, 0, -constant)]
    new = side[number] not in before[place]
    halves = [term.constant for term in before[place] if _is_bracket(term) and term.factor * term.constant == constant]
    changed += [Term(1, 0, half) for half in halves if new and not slope]
    usable = [term for term in changed if (term.slope or term.constant) and term != side[number]]
    return _replaced(line, place, [*side[:number], rng.choice(usable), *side[number + 1 :]])
