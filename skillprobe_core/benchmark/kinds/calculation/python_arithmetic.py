"""Evaluate an arithmetic expression of Python.

It needs calculation: operators are applied in their order of precedence. There is no state that changes from line
to line, the operators are those of school (floor division and remainder are named in the prompt), nothing is listed
or judged. Levels raise the number of operators and the size of the numbers, and add `//`, `%` and parentheses. From
level 6 on, the expression is a sum of more and more expressions of level 5.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, worked
from skillprobe_core.benchmark.ladder import LADDER

from .steps import looks

_APPLY: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}
_OPERATORS = {1: 2, 2: 3, 3: 4, 4: 6, 5: 9}
_LARGEST = {1: 9, 2: 12, 3: 20, 4: 50, 5: 99}
_SUMMANDS = {6: 3, 7: 7, 8: 18, 9: 46}
_TEMPLATES = ("print", "value")
_NUMBER = re.compile(r"\d+")

# An expression is a number or (left, operator, right).
Expression = int | tuple["Expression", str, "Expression"]


def _grow(operators: int, level: int, rng: random.Random) -> Expression:
    if operators == 0:
        return rng.randint(2, _LARGEST[level])
    symbols = ("+", "-", "*") if level <= 2 else ("+", "-", "*", "+", "-", "*", "//", "%")
    symbol = rng.choice(symbols)
    if symbol in ("//", "%"):
        return (_grow(operators - 1, level, rng), symbol, rng.randint(2, 9))
    left = rng.randint(0, operators - 1)
    return (_grow(left, level, rng), symbol, _grow(operators - 1 - left, level, rng))


def _rank(expression: Expression) -> int:
    if isinstance(expression, int):
        return 3
    return 1 if expression[1] in "+-" else 2


def _text(expression: Expression) -> str:
    if isinstance(expression, int):
        return str(expression)
    left, symbol, right = expression
    rank = _rank(expression)
    first = _text(left) if _rank(left) >= rank else f"({_text(left)})"
    second = _text(right) if _rank(right) > rank else f"({_text(right)})"
    return f"{first} {symbol} {second}"


def _value(expression: Expression) -> int:
    if isinstance(expression, int):
        return expression
    left, symbol, right = expression
    return _APPLY[symbol](_value(left), _value(right))


def _evaluate(expression: Expression, steps: list[str]) -> int:
    if isinstance(expression, int):
        return expression
    left, symbol, right = expression
    a, b = _evaluate(left, steps), _evaluate(right, steps)
    value = _APPLY[symbol](a, b)
    steps.append(f"{a}{symbol}{b}={value}" if b >= 0 else f"{a}{symbol}({b})={value}")
    return value


def _drawn(level: int, rng: random.Random) -> tuple[Expression, str]:
    """An expression whose value is not 0, the best guess, nor one of its numbers, and stays below a million in size."""
    expression = _grow(_OPERATORS[level], level, rng)
    text = _text(expression)
    largest = 99 if level == 1 else 999_999
    while not 0 < abs(_value(expression)) <= largest or str(_value(expression)) in _NUMBER.findall(text):
        expression = _grow(_OPERATORS[level], level, rng)
        text = _text(expression)
    return expression, text


def _sum(level: int, rng: random.Random) -> tuple[Expression, str]:
    """A sum of expressions of level 5 whose value is not 0 and not one of its numbers."""
    expression, _ = _drawn(exercise(level), rng)
    for _ in range(_SUMMANDS[level] - 1):
        expression = (expression, rng.choice("+-"), _drawn(exercise(level), rng)[0])
    text, value = _text(expression), str(_value(expression))
    return _sum(level, rng) if value in ("0", *_NUMBER.findall(text)) else (expression, text)


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one expression."""
    expression, text = _drawn(level, rng) if level < LADDER else _sum(level, rng)
    template = rng.choice(_TEMPLATES)
    if template == "print":
        prompt = f"What does this Python line print? print({text})"
    else:
        prompt = f"In Python, what is the value of {text}?"
    if "//" in text or "%" in text:
        prompt += " Note that // is floor division and % is the remainder."
    yield prompt
    steps: list[str] = []
    answer = str(_evaluate(expression, steps))
    chance = {1: 0.03, 2: 0.02, 3: 0.03, 4: 0.03, 5: 0.03}.get(level, 0.001)
    return Draft(prompt, answer, worked(steps, answer), template, chance, steps=looks(steps))


KIND = Kind(
    "python_arithmetic", 2, Skill.CALCULATION, Domain.CODING, AnswerType.INTEGER, draft,
    levels=(*_OPERATORS, *_SUMMANDS), order=1, grows="operators, up to 46 times those of level 5",
)  # fmt: skip
