"""Run a small stack machine.

It needs simulation: each instruction acts on the stack that the last one left. The instructions move numbers and do
no arithmetic, their meaning is stated, nothing is listed or judged. Levels raise the number of instructions and add
`rot`. From level 6 on, most instructions only reorder the stack, `roll` among them: values that are popped are
forgotten, and the end would depend on the last instructions alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import at_landmarks, choices, exercise, listed, rungs, worked
from skillprobe_core.benchmark.ladder import LADDER

_INSTRUCTIONS = {1: 3, 2: 5, 3: 7, 4: 11, 5: 18, **rungs(51, 6)}
_START = {1: 2, 2: 3, 3: 3, 4: 4, 5: 5}
_MEANING = {
    "pop": "pop removes the top value",
    "dup": "dup pushes a copy of the top",
    "swap": "swap exchanges the top two values",
    "rot": "rot moves the third value from the top to the top",
    "roll": "roll moves the bottom value to the top",
}
_TEMPLATES = ("run", "machine")


def _possible(stack: list[int], level: int) -> Sequence[str]:
    if level >= LADDER:
        return _mostly_reordering(_INSTRUCTIONS[level] // _INSTRUCTIONS[LADDER], len(stack) < 12, len(stack) > 5)
    names = ["push"]
    if len(stack) < 4 + level:
        names.append("dup")
    if len(stack) >= 2:
        names += ["pop", "swap"]
    if len(stack) >= 3 and level >= 3:
        names.append("rot")
    return names


@cache
def _mostly_reordering(weight: int, may_grow: bool, may_shrink: bool) -> tuple[str, ...]:
    """Instructions of the ladder; the longer the program, the rarer are those that add or remove a value."""
    names = ["swap", "rot", "roll"] * weight
    if may_grow:
        names += ["push", "dup"]
    if may_shrink:
        names.append("pop")
    return tuple(names)


def _execute(name: str, stack: list[int], pushed: int) -> list[int]:
    if name == "push":
        return [*stack, pushed]
    if name == "pop":
        return stack[:-1]
    if name == "dup":
        return [*stack, stack[-1]]
    if name == "swap":
        return [*stack[:-2], stack[-1], stack[-2]]
    if name == "roll":
        return [*stack[1:], stack[0]]
    return [*stack[:-3], stack[-2], stack[-1], stack[-3]]


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw a stack and instructions; it never runs empty and its end is not a part of its start."""
    start, stacks = "0", [[0]]
    while listed(stacks[-1]) in start:
        stack = choices(rng, range(1, 10), _START[exercise(level)])
        start = listed(stack)
        names: list[str] = []
        program: list[str] = []
        stacks = []
        for _ in range(_INSTRUCTIONS[level]):
            name = rng.choice(_possible(stack, level))
            pushed = rng.randint(1, 9)
            stack = _execute(name, stack, pushed)
            names.append(name)
            program.append(f"push {pushed}" if name == "push" else name)
            stacks.append(stack)
    meanings = ", ".join(meaning for name, meaning in _MEANING.items() if name in names)
    explained = f" ({meanings})" if meanings else ""
    code = ", ".join(program)
    template = rng.choice(_TEMPLATES)
    if template == "run":
        prompt = (
            f"A stack holds, from bottom to top, {start}. Run {code}{explained}. Give the final stack "
            "from bottom to top."
        )
    else:
        prompt = (
            f"A stack machine holds {start} (top last). It runs: {code}{explained}. What does it hold "
            "at the end, top last?"
        )
    yield prompt
    states = [listed(stack) for stack in stacks]
    steps = [start, *(f"{instruction}: {state}" for instruction, state in zip(program, states, strict=True))]
    chance = {1: 0.016, 2: 0.008, 3: 0.006, 4: 0.003, 5: 0.002}[exercise(level)]
    return Draft(
        prompt, states[-1], worked(steps, states[-1]), template, chance, evidence=at_landmarks(states),
        steps=len(program),
    )  # fmt: skip


KIND = Kind(
    "stack_machine", 2, Skill.SIMULATION, Domain.CODING, AnswerType.SEQUENCE, draft, levels=tuple(_INSTRUCTIONS),
    order=2, grows="instructions, up to 1,632",
)  # fmt: skip
