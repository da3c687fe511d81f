"""Stacks, solved again on a linked list of (top, rest)."""

import re
from functools import reduce

from skillprobe_core.benchmark.kinds.simulation.stack_machine import KIND


def rolled(stack):
    """The bottom value on top: the others are taken off and put back in their order."""
    values = []
    while stack is not None:
        top, stack = stack
        values.append(top)
    return values[-1], reduce(lambda rest, value: (value, rest), values[-2::-1], None)


def step(stack, instruction):
    if instruction.startswith("push "):
        return int(instruction[5:]), stack
    top, rest = stack
    if instruction == "pop":
        return rest
    if instruction == "dup":
        return top, stack
    if instruction == "roll":
        return rolled(stack)
    second, rest = rest
    if instruction == "swap":
        return second, (top, rest)
    assert instruction == "rot"
    third, rest = rest
    return third, (top, (second, rest))


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        start = re.search(r"(?:to top,|holds) ([\d, ]+\d)", item.prompt)[1]
        code = re.search(r"(?:Run|runs:) ((?:push \d|pop|dup|swap|rot|roll|, )+)", item.prompt)[1].split(", ")
        stack = reduce(lambda stack, number: (int(number), stack), start.split(", "), None)
        stack = reduce(step, code, stack)
        values = []
        while stack is not None:
            values.append(stack[0])
            stack = stack[1]
        assert ", ".join(map(str, reversed(values))) == item.answer, item.prompt
        explained = re.findall(r"(pop|dup|swap|rot|roll) (?=removes|pushes|exchanges|moves)", item.prompt)
        assert set(explained) == {word for word in code if not word.startswith("push")}
