"""Arguments of `flawed_argument`: chains of inferences about one unknown, with at most one that does not follow.

Each scheme makes as many steps as requested. The step `error` (0 for none) is the first that does not follow from the
given statement and the steps before it; later steps may build on its false conclusion.
"""

from __future__ import annotations

import math
import random
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from skillprobe_core.benchmark.ladder import LADDER

_LARGEST = 400
# The largest integer whose divisors are searched in the ladder.
_LARGEST_KNOWN = 60_000
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


class Argument(NamedTuple):
    """The given statement as a sentence, the steps without full stops, and the reason against the flawed step."""

    given: str
    steps: list[str]
    flaw: str


def _times(factor: int, unknown: str = "x") -> str:
    return {1: unknown, -1: f"-{unknown}"}.get(factor, f"{factor}{unknown}")


def _plus(left: str, added: int) -> str:
    return left if added == 0 else f"{left} {'+' if added > 0 else '-'} {abs(added)}"


def _add(by: int) -> str:
    return f"Add {by} to both sides" if by > 0 else f"Subtract {-by} from both sides"


def _not_zero(low: int, high: int, rng: random.Random) -> int:
    """A number from a negative `low` to a positive `high`, without 0."""
    number = low + rng.randrange(high - low)
    return number + (number >= 0)


def _scale(level: int) -> int:
    """How many times larger numbers are in the ladder."""
    return 1 if level < LADDER else 10 ** (2 * (level - LADDER) + 1)


class _Line(NamedTuple):
    """a * x + b, a comparison sign, c."""

    a: int
    b: int
    sign: str
    c: int

    def left(self) -> str:
        return _plus(_times(self.a), self.b)

    def text(self) -> str:
        return f"{self.left()} {self.sign} {self.c}"


class _Inequality:
    """An inequality that is transformed step by step.

    `slack` is how far its bound has moved away from the given one, in units of x. `eased` is true if it admits its end
    point although the given one does not. A claim within the slack would still follow from an earlier step.
    `times` is how many times larger the numbers are than in the first levels.
    """

    def __init__(self, line: _Line, scale: int) -> None:
        self.line = line
        self.times = scale
        self.slack = Fraction(0)
        self.eased = False

    def add(self, rng: random.Random) -> str:
        line = self.line
        by = -line.b if line.b and rng.random() < 0.6 else _not_zero(-9 * self.times, 9 * self.times, rng)
        self.line = line._replace(b=line.b + by, c=line.c + by)
        return f"{_add(by)}: {self.line.text()}"

    def scale(self, rng: random.Random, *, negative: bool, turned: bool) -> str:
        """Divide or multiply both sides; the sign is wrong if `turned` is not what a factor below 0 requires."""
        numbers = (self.line.a, self.line.b, self.line.c)
        common = math.gcd(*numbers)
        divisors = [number for number in range(2, min(common, _LARGEST) + 1) if common % number == 0]
        small = max(map(abs, numbers)) * 4 <= _LARGEST * self.times
        if divisors and (not small or rng.random() < 0.7):
            by = rng.choice(divisors) * (-1 if negative else 1)
            verb, parts = "Divide", [number // by for number in numbers]
        else:
            by = (rng.randint(2, 4) if small else 1) * (-1 if negative else 1)
            verb, parts = "Multiply", [number * by for number in numbers]
        sign = _FLIPPED[self.line.sign] if turned else self.line.sign
        self.line = _Line(parts[0], parts[1], sign, parts[2])
        return f"{verb} both sides by {by}: {self.line.text()}"

    def move_bound(self, rng: random.Random, *, tighter: bool) -> str:
        """A bound further out, which follows, or further in than the given one, which does not."""
        line, size = self.line, abs(self.line.a)
        moved = rng.randint(1, 6 * self.times)
        by = math.floor(self.slack * size) + moved if tighter else moved
        below = line.sign[0] == "<"
        self.line = line._replace(c=line.c + (by if below != tighter else -by))
        if not tighter:
            self.slack += Fraction(by, size)
        low, high = sorted((line.c, self.line.c))
        return f"Since {low} < {high}, {self.line.text()}"

    def exchange_end(self, *, included: bool) -> str:
        self.line = self.line._replace(sign=self.line.sign[0] + ("=" if included else ""))
        self.eased = self.eased or included
        return f"Hence {self.line.text()}"


_INEQUALITY_FLAWS = {1: ("sign",), 2: ("sign", "sign", "bound"), 3: ("sign", "bound", "end"),
                     4: ("sign", "bound", "end"), 5: ("sign", "bound", "end", "end")}  # fmt: skip
_INEQUALITY_FLAWS |= dict.fromkeys((6, 7, 8, 9), _INEQUALITY_FLAWS[5])


def inequality(level: int, count: int, error: int, rng: random.Random) -> Argument:
    """Transform a linear inequality; the flaw is a sign that is not turned, or a bound that is tightened."""
    a = rng.choice([number for number in range(-6, 7) if abs(number) > 1])
    scale = _scale(level)
    root, b = _not_zero(-9 * scale, 9 * scale, rng), _not_zero(-12 * scale, 12 * scale, rng)
    sign = rng.choice(("<", ">", "<=", ">=") if level >= 3 else ("<", ">"))
    now = _Inequality(_Line(a, b, sign, a * root + b), scale)
    given = f"Let x be a real number with {now.line.text()}."
    steps: list[str] = []
    flaw = ""
    while len(steps) < count:
        if len(steps) + 1 == error:
            step, flaw = _flawed(now, rng.choice(_INEQUALITY_FLAWS[level]), rng)
        else:
            step = _sound(now, level, rng)
        steps.append(step)
    return Argument(given, steps, flaw)


def _flawed(now: _Inequality, flaw: str, rng: random.Random) -> tuple[str, str]:
    before = now.line
    if flaw == "end" and before.sign in ("<=", ">=") and not now.slack and not now.eased:
        return now.exchange_end(included=False), f"{before.left()} may be {before.c}"
    if flaw == "sign":
        step = now.scale(rng, negative=True, turned=False)
        right = now.line._replace(sign=_FLIPPED[now.line.sign])
        return step, f"a negative factor turns the sign, which gives {right.text()}"
    step = now.move_bound(rng, tighter=True)
    return step, f"{before.text()} does not exclude values that {now.line.text()} excludes"


def _sound(now: _Inequality, level: int, rng: random.Random) -> str:
    pick = rng.random()
    if pick < 0.15 and level >= 2:
        return now.move_bound(rng, tighter=False)
    if pick < 0.25 and level >= 3 and len(now.line.sign) == 1:
        return now.exchange_end(included=True)
    if pick < 0.6:
        return now.add(rng)
    negative = rng.random() < 0.5
    return now.scale(rng, negative=negative, turned=negative)


class _Two(NamedTuple):
    """a * x + b = first or a * x + b = second."""

    a: int
    b: int
    first: int
    second: int

    def left(self) -> str:
        return _plus(_times(self.a), self.b)

    def one(self) -> str:
        return f"{self.left()} = {self.first}"

    def text(self) -> str:
        return f"{self.one()} or {self.left()} = {self.second}"


def cases(level: int, count: int, error: int, rng: random.Random) -> Argument:
    """Solve an equation with two solutions; the flaw loses one: by a root, by dividing by 0, or by leaving it out.

    The given equation is unfolded from its simple form, so that the first steps lead back to that. If x is given to be
    above a bound that only one solution exceeds, leaving out the other one follows.
    """
    squared = rng.random() < 0.5
    size = rng.randint(1, 9)
    shift = 0 if level == 1 else _not_zero(-6, 6, rng)
    bracket = "x" if shift == 0 else f"({_plus('x', shift)})"
    bounded = level >= 2 and error != 1 and rng.random() < 0.4
    split = rng.randint(1, min(4, error or count) - bounded)
    equations, reasons = _unfolded(bracket, size, squared, split - 1, _scale(level), rng)
    steps = [f"{reason}: {equation}" for reason, equation in zip(reasons, equations[1:], strict=True)]
    two = _Two(1, shift, size, -size if squared else 0)
    bound = rng.randint(two.second - shift, size - shift - 1)
    leaves = rng.randint(split + 1, count) if bounded and not error else 0
    flaw, alone = "", False
    while len(steps) < count:
        number = len(steps) + 1
        if number == error:
            if number == split:
                step = f"{'Take the square root' if squared else f'Divide both sides by {bracket}'}: {two.one()}"
            else:
                two = two._replace(first=two.second, second=two.first) if bounded or rng.random() < 0.5 else two
                step = f"Hence {two.one()}"
            flaw = f"the case {two.left()} = {two.second} is lost"
        elif number == leaves:
            step = f"Hence {two.one()}"
        elif number == split:
            step = f"{'Both square roots count' if squared else 'A product is 0 if a factor is 0'}: {two.text()}"
        else:
            reason, two = _both_sides(two, _scale(level), rng)
            step = f"{reason}: {two.one() if alone else two.text()}"
        alone = alone or number in (error, leaves)
        steps.append(step)
    above = f" greater than {bound}" if bounded else ""
    return Argument(f"Let x be a real number{above} with {equations[0]}.", steps, flaw)


def _unfolded(
    bracket: str, size: int, squared: bool, operations: int, scale: int, rng: random.Random
) -> tuple[list[str], list[str]]:
    """Equations from the given one to the simple form, and the reason of each step between them."""
    factor, constant = 1, 0

    def written() -> str:
        left = _plus(_times(factor, f"{bracket}^2"), constant)
        if squared:
            return f"{left} = {factor * size * size + constant}"
        return f"{left} = {_plus(_times(factor * size, bracket), constant)}"

    equations, reasons = [written()], []
    for number in range(operations):
        if (number + operations) % 2 == 0 and factor == 1:
            factor = rng.choice((-3, -2, 2, 3, 4))
            constant *= factor
            reasons.append(f"Divide both sides by {factor}")
        else:
            by = _not_zero(-9 * scale, 9 * scale, rng)
            constant += by
            reasons.append(_add(-by))
        equations.append(written())
    return equations[::-1], reasons[::-1]


def _both_sides(two: _Two, scale: int, rng: random.Random) -> tuple[str, _Two]:
    """The same step in both cases."""
    by = rng.choice((-2, -1, 2, 3))
    scaled = _Two(*(by * part for part in two))
    if max(map(abs, scaled)) <= _LARGEST * scale and rng.random() < 0.4:
        return f"Multiply both sides by {by}", scaled
    by = -two.b if two.b and rng.random() < 0.5 else _not_zero(-9 * scale, 9 * scale, rng)
    return _add(by), two._replace(b=two.b + by, first=two.first + by, second=two.second + by)


_GIVEN = {1: (6, 8, 10, 12), 2: (12, 15, 18, 20), 3: (12, 18, 20, 24, 30), 4: (24, 30, 36, 40), 5: (36, 48, 60, 72)}
_GIVEN |= dict.fromkeys((6, 7, 8, 9), (5040, 7560, 10080, 12600, 15120, 20160, 25200, 27720))
_DIVISIBILITY_FLAWS = {1: ("converse",), 2: ("converse", "sum"), 3: ("converse", "sum", "root"),
                       4: ("sum", "root", "cancel", "product"), 5: ("root", "cancel", "product")}  # fmt: skip
_DIVISIBILITY_FLAWS |= dict.fromkeys((6, 7, 8, 9), _DIVISIBILITY_FLAWS[4])
_SOUND = {1: ("converse", "sum", "times"), 2: ("converse", "sum", "times", "square")} | dict.fromkeys(
    (3, 4, 5, 6, 7, 8, 9), ("converse", "sum", "square", "root", "cancel", "product")
)


def divisibility(level: int, count: int, error: int, rng: random.Random) -> Argument:
    """Draw conclusions on what divides an integer; the flaw is a converse, or a factor that is counted twice."""
    known = rng.choice(_GIVEN[level])
    given = f"Let n be an integer that is a multiple of {known}."
    steps: list[str] = []
    flaw = ""
    said: set[str] = set()
    while len(steps) < count:
        if len(steps) + 1 == error:
            claim = _flawed_divisor(known, rng.choice(_DIVISIBILITY_FLAWS[level]), _scale(level), rng)
        else:
            claim = _sound_divisor(known, level, rng)
        if claim is None or claim[0] in said:
            continue
        step, divisor = claim
        said.add(step)
        if len(steps) + 1 == error:
            flaw = f"n = {known} is a counterexample"
            together, largest = math.lcm(known, divisor), _LARGEST if level < LADDER else _LARGEST_KNOWN
            known = together if together <= largest else known
        steps.append(step)
    return Argument(given, steps, flaw)


@lru_cache(maxsize=64)
def _divisors(number: int) -> list[int]:
    return [divisor for divisor in range(2, number + 1) if number % divisor == 0]


def _sound_divisor(known: int, level: int, rng: random.Random) -> tuple[str, int] | None:
    """A step that follows if `known` divides n, and a divisor of n that it states; None if the draw makes none."""
    shape, divisor, other = rng.choice(_SOUND[level]), rng.choice(_divisors(known)), rng.choice(_divisors(known))
    times, added = rng.randint(2, 9 * _scale(level)), divisor * rng.randint(1, 5 * _scale(level))
    low, high = sorted((divisor, other))
    usable = {"converse": other % divisor == 0 != other - divisor, "product": math.gcd(low, high) == 1}
    if not usable.get(shape, True):
        return None
    claims = {
        "converse": (f"multiples of {other} are multiples of {divisor}", "n", divisor),
        "sum": (f"n and {added} are multiples of {divisor}", f"n + {added}", divisor),
        "square": (f"n is a multiple of {divisor}", "n^2", divisor**2),
        "root": (f"n^2 is a multiple of {divisor**2}", "n", divisor),
        "times": (f"n is a multiple of {divisor}", f"{times}n", times * divisor),
        "cancel": (f"{times}n is a multiple of {times * divisor}", "n", divisor),
        "product": (f"n is a multiple of {low} and of {high}", "n", low * high),
    }
    reason, subject, claimed = claims[shape]
    return f"Since {reason}, {subject} is a multiple of {claimed}", claimed if subject == "n" else divisor


def _flawed_divisor(known: int, flaw: str, scale: int, rng: random.Random) -> tuple[str, int] | None:
    """A step that is false for n = known although its reason is true, and the divisor of n that it claims.

    The divisor is 1 if the step claims none of n itself; None if the draw makes no such step.
    """
    divisor, other = rng.choice(_divisors(known)), rng.choice(_divisors(known))
    times, added = rng.randint(2, 9 * scale), divisor * rng.randint(1, 5 * scale)
    low, high = sorted((divisor, other))
    claimed = low * high if flaw == "product" else rng.randint(2, 6) * divisor
    usable = {
        "product": low < high,
        "sum": (known + added) % claimed != 0 != added % claimed,
        "root": known * known % claimed == 0,
        "cancel": times * known % claimed == 0,
    }
    if not usable.get(flaw, True) or (flaw != "sum" and known % claimed == 0):
        return None
    claims = {
        "converse": (f"multiples of {claimed} are multiples of {divisor}", "n"),
        "sum": (f"n and {added} are multiples of {divisor}", f"n + {added}"),
        "root": (f"n^2 is a multiple of {claimed}", "n"),
        "cancel": (f"{times}n is a multiple of {claimed}", "n"),
        "product": (f"n is a multiple of {low} and of {high}", "n"),
    }
    reason, subject = claims[flaw]
    return f"Since {reason}, {subject} is a multiple of {claimed}", claimed if subject == "n" else 1
