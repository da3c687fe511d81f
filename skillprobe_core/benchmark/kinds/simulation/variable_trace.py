"""Trace assignments between variables.

It needs simulation: each line acts on the values that the lines before it left. The arithmetic is adding one or two,
the statements are plain assignments that need no knowledge of a library, nothing is listed or judged.
Levels raise the number of variables and of lines, and add simultaneous assignment. From level 6 on, copies get rare:
they overwrite values, so that the last lines alone would decide.
"""

from __future__ import annotations

import random
from functools import cache

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import at_landmarks, exercise, listed, spoken, worked
from skillprobe_core.benchmark.ladder import LADDER

_VARIABLES = {1: 2, 2: 3, 3: 3, 4: 4, 5: 5}
_LINES = {1: 2, 2: 3, 3: 6, 4: 9, 5: 15, 6: 34, 7: 74, 8: 160, 9: 348, 10: 750, 11: 1640}
_TEMPLATES = ("run", "after")


@cache
def _shapes(level: int) -> tuple[str, ...]:
    if level < LADDER:
        return ("copy", "add", "step", "swap") if level >= 3 else ("copy", "add", "step")
    return ("copy", "add", *("step", "swap") * (_LINES[level] // 10))


def _line(names: list[str], level: int, rng: random.Random) -> tuple[str, list[tuple[str, str, int]]]:
    """One statement as text and as (target, source, added) read before anything is written."""
    target, source = rng.sample(names, 2)
    shape = rng.choice(_shapes(level))
    more = rng.randint(1, 2)
    if shape == "copy":
        return f"{target} = {source}", [(target, source, 0)]
    if shape == "add":
        return f"{target} = {source} + {more}", [(target, source, more)]
    if shape == "step":
        return f"{target} = {target} + {more}", [(target, target, more)]
    return f"{target}, {source} = {source}, {target}", [(target, source, 0), (source, target, 0)]


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one program."""
    names = list("abcde"[: _VARIABLES[exercise(level)]])
    values = {name: rng.randint(1, 9) for name in names}
    lines = [_line(names, level, rng) for _ in range(_LINES[level])]
    program = "\n".join([*(f"{name} = {values[name]}" for name in names), *(text for text, _ in lines)])
    template = rng.choice(_TEMPLATES)
    if template == "run":
        prompt = (
            f"Run this Python code:\n{program}\nWhat are the values of {spoken(names)} at the end? "
            "Separate them with commas."
        )
    else:
        prompt = f"{program}\nGive the values of {spoken(names)} after these lines, separated by commas."
    yield prompt
    steps = [listed([values[name] for name in names])]
    states: list[str] = []
    for text, writes in lines:
        new = {target: values[source] + more for target, source, more in writes}
        values.update(new)
        states.append(listed([values[name] for name in names]))
        steps.append(f"{text}: {states[-1]}")
    answer = states[-1]
    chance = {1: 0.05, 2: 0.013, 3: 0.013, 4: 0.004, 5: 0.001}[exercise(level)]
    evidence = at_landmarks(states)
    return Draft(prompt, answer, worked(steps, answer), template, chance, evidence=evidence, steps=len(lines))


KIND = Kind(
    "variable_trace", 2, Skill.SIMULATION, Domain.CODING, AnswerType.SEQUENCE, draft, levels=tuple(_LINES), order=1,
    grows="lines, up to 1,640",
)  # fmt: skip
