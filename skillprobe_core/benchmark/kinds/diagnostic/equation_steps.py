"""The first wrong step in solving a linear equation (math).

The solution is written out, one rearrangement a step, so nothing has to be solved: the reader holds each line against
the one before and says where the two stop being equivalent. It is diagnostic. Levels add brackets and a second
side with the unknown, and errors that look like common slips: a lost sign, a bracket half multiplied out,
a digit. From level 6 on the brackets on both sides multiply, and with them the steps and the terms of each.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.ladder import LADDER

from . import equation_ladder
from .error_places import error_places

_WORDINGS = {
    "solve": "To solve {start}, somebody writes this. {steps} Which step is the first wrong one? If there "
    "is none, answer 0.",
    "pupil": "A pupil solves {start}. {steps} Give the number of the first wrong step. If there is none, answer 0.",
    "check": "Check this solution of {start}. {steps} At which step is the first mistake? If there is none, answer 0.",
}
_ROOTS = (*range(-9, 0), *range(2, 10))
_CONSTANTS = (*range(-9, 0), *range(1, 10))
# Brackets on each side of the equation.
_LADDER = {6: 2, 7: 4, 8: 7, 9: 12}
_Side = tuple[int, int]  # p*x + q
_Step = tuple[str, Callable[[], list[str]]]  # the right line, and lines that may stand there by mistake


def _text(side: _Side) -> str:
    p, q = side
    if p == 0:
        return str(q)
    unknown = {1: "x", -1: "-x"}.get(p, f"{p}x")
    return unknown if q == 0 else f"{unknown} {_signed(q)}"


def _signed(number: int) -> str:
    return f"{'+' if number > 0 else '-'} {abs(number)}"


def _step(level: int, left: _Side, right: _Side, moved: int = 0) -> _Step:
    """An equation with its slips: a constant off by 1 or 2, from level 3 on a lost sign or (where `moved` was taken
    across) the sign kept on the way."""
    (p, q), (r, s) = left, right

    def slips() -> list[str]:
        lines: list[tuple[_Side, _Side]] = [(left, (r, s + step)) for step in (-2, -1, 1, 2)]
        if level >= 3:
            lines += [((p, -q), right), (left, (r, -s))]
        if moved:
            lines += [(left, (r, s + 2 * moved))] * 3
        return [f"{_text(one)} = {_text(other)}" for one, other in lines if (one, other) != (left, right)]

    return f"{_text(left)} = {_text(right)}", slips


def _solution(level: int, rng: random.Random) -> tuple[str, list[_Step]] | None:
    """An equation and the steps that solve it; None where the draw has no single solution."""
    x = rng.randint(1, 9) if level <= 3 else rng.choice(_ROOTS)
    q = rng.choice(_CONSTANTS)
    if level == 1:
        total = x + q
        across, kept = _signed(-q), _signed(q)
        first: _Step = (f"x = {total} {across}", lambda: [f"x = {total} {kept}", f"x = {total + 1} {across}"])
        return f"x {kept} = {total}", [first, _step(level, (1, 0), (0, x))]
    p, k, m, s = rng.randint(2, 9), rng.randint(2, 6), rng.randint(2, 5), rng.choice(_CONSTANTS)
    last = _step(level, (1, 0), (0, x))
    if level == 2:
        return f"{_text((p, q))} = {p * x + q}", [_step(level, (p, 0), (0, p * x), q), last]
    opened, value = (k * p, k * q), k * (p * x + q)
    if level == 3:
        steps = [_step(level, opened, (0, value)), _step(level, (k * p, 0), (0, k * p * x), k * q), last]
        return f"{k}({_text((p, q))}) = {value}", steps
    r = rng.randint(2, 9) if level == 4 else m * rng.randint(1, 5)
    p_left, constant = k * p - r, value - r * x
    if p_left in (0, 1):
        return None
    steps = [
        _step(level, opened, (r, constant)),
        _step(level, (p_left, k * q), (0, constant)),
        _step(level, (p_left, 0), (0, p_left * x), k * q),
        last,
    ]
    if level == 4:
        return f"{k}({_text((p, q))}) = {_text((r, constant))}", steps
    rest = constant - m * s
    right = f"{m}({_text((r // m, s))})"
    both = _text((r, m * s)) + (f" {_signed(rest)}" if rest else "")
    halves = [_text((r, s)), _text((r, -m * s)), _text((r, m * s + 1))]
    opened_both = f"{_text(opened)} = {both}"
    slips = [f"{_text(opened)} = {half}{f' {_signed(rest)}' if rest else ''}" for half in halves]
    start = f"{k}({_text((p, q))}) = {right}" + (f" {_signed(rest)}" if rest else "")
    return start, [(opened_both, lambda: [slip for slip in slips if slip != opened_both]), *steps[0 if rest else 1 :]]


class _Written(NamedTuple):
    """A solution with at most one wrong step.

    start: the equation. rights: the right lines. steps: the lines as they are shown. error: the wrong step, 0 for none.
    """

    start: str
    rights: list[str]
    steps: list[str]
    error: int
    chance: float

    def looks(self) -> int:
        """The numbers of the lines until the error, which are compared or computed one by one."""
        return sum(len(re.findall(r"\d+|\bx", line)) for line in self.rights[: self.error or len(self.rights)])


def _exercise(level: int, rng: random.Random) -> _Written:
    solution = None
    while solution is None:
        solution = _solution(level, rng)
    start, right = solution
    places = error_places(level, len(right))
    error = rng.choice(places)
    steps = [line for line, _ in right]
    if error:
        steps[error - 1] = rng.choice(right[error - 1][1]())
    return _Written(start, [line for line, _ in right], steps, error, 1 / len(places))


def _long_solution(level: int, rng: random.Random) -> _Written:
    start, *lines = equation_ladder.solution(_LADDER[level], rng)
    places = error_places(level, len(lines))
    error = rng.choice(places)
    rights = [equation_ladder.text(line) for line in lines]
    steps = rights.copy()
    if error:
        before = lines[error - 2] if error > 1 else start
        steps[error - 1] = equation_ladder.text(equation_ladder.slip(lines[error - 1], before, rng))
    return _Written(equation_ladder.text(start), rights, steps, error, 1 / len(places))


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 shows `x + 3 = 7` and its two steps, level 5 brackets on both sides and up to five steps, level
    9 24 brackets and some 70 steps."""
    written = (_exercise if level < LADDER else _long_solution)(level, rng)
    start, rights, steps, error, chance = written
    count = len(rights)
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        start=start, steps=" ".join(f"Step {n}: {step}." for n, step in enumerate(steps, start=1))
    )
    yield prompt
    checks = [f"Step {n}: {line} ok." for n, line in enumerate(steps[: error - 1 if error else count], start=1)]
    if error:
        checks.append(f"Step {error}: {rights[error - 1]}, not {steps[error - 1]}.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=chance,
        evidence=(rights[(error or count) - 1],),
        steps=written.looks(),
    )


KIND = Kind(
    name="equation_steps",
    version=2,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.MATH,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=(1, 2, 3, 4, 5, *_LADDER),
    order=2,
    grows="brackets, steps and terms of a step, up to 24 brackets and some 70 steps",
)
