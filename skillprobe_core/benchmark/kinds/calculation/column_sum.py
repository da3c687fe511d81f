"""Add whole numbers.

It needs calculation: the digits must be added column by column with carries. Nothing has to be recalled beyond
the digit sums, no process is described, no cases are searched and no reasoning is judged.
Levels raise the number of digits and of summands; from level 6 on, both grow until 44 numbers of 43 digits are added.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import spoken, worked

from .steps import column_addition

_DIGITS = {1: 2, 2: 3, 3: 4, 4: 6, 5: 9, 6: 10, 7: 15, 8: 21, 9: 30, 10: 43}
_SUMMANDS = {1: 2, 2: 2, 3: 3, 4: 4, 5: 6, 6: 11, 7: 15, 8: 22, 9: 31, 10: 44}
_TEMPLATES = ("sign", "sum_of", "add")


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one sum."""
    low, high = 10 ** (_DIGITS[level] - 1), 10 ** _DIGITS[level] - 1
    numbers = [rng.randint(low, high) for _ in range(_SUMMANDS[level])]
    template = rng.choice(_TEMPLATES)
    written = [str(number) for number in numbers]
    if template == "sign":
        prompt = f"What is {' + '.join(written)}?"
    elif template == "sum_of":
        prompt = f"Find the sum of {spoken(written)}."
    else:
        prompt = f"Add {spoken(written)}. What is the total?"
    yield prompt
    answer = str(sum(numbers))
    lines = column_addition(numbers)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=worked(lines, answer),
        template=template,
        chance=1 / (high - low + 1),
        steps=sum(max(line.count("+"), 1) for line in lines),
    )


KIND = Kind(
    "column_sum", 1, Skill.CALCULATION, Domain.MATH, AnswerType.INTEGER, draft, levels=tuple(_DIGITS), order=1,
    grows="digits and summands, up to 44 numbers of 43 digits",
)  # fmt: skip
