"""The address of an element of an array.

It needs calculation: the stated formula is filled in. It stands in the prompt, so nothing about memory layout is
recalled; no program runs, nothing is listed or judged. Levels raise the sizes and the number of dimensions, which
grows to 22 from level 6 on.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, spoken, worked
from skillprobe_core.benchmark.ladder import LADDER

from .steps import looks, product

_EXTENT = {1: (3, 9), 2: (11, 40), 3: (5, 20), 4: (21, 90), 5: (21, 90)}
_DIMENSIONS = {1: 2, 2: 2, 3: 3, 4: 3, 5: 4, 6: 6, 7: 10, 8: 15, 9: 22}
_START = {1: (10, 90, 10), 2: (100, 990, 10), 3: (1000, 9000, 50), 4: (10000, 90000, 8), 5: (100000, 900000, 8)}
_TEMPLATES = ("array", "where")


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one array and one index."""
    sizes = exercise(level)
    extents = [rng.randint(*_EXTENT[sizes]) for _ in range(_DIMENSIONS[level])]
    index = [rng.randint(1, extent - 1) for extent in extents]
    size = rng.choice((2, 4, 8) if level <= 3 else (12, 16, 24))
    first, last, step = _START[sizes]
    start = rng.choice(range(first, last + 1, step))
    element = "a" + "".join(f"[{place}]" for place in index)
    inner = spoken([f"{extent}" for extent in extents[1:]])
    if len(index) == 2:
        shape, formula = f"{inner} columns", "The address of a[i][j] is start + (i * columns + j) * size."
    else:
        shape = f"the inner dimensions {inner}"
        named = f"a{''.join(f'[{name}]' for name in 'ijkl'[: len(index)])}"
        general, first_index = (named, "i") if level < LADDER else ("an element", "its first index")
        formula = (
            f"The address of {general} is start + n * size. To find n, start with {first_index}; for "
            "each inner dimension d in turn, multiply n by d and add the next index."
        )
    template = rng.choice(_TEMPLATES)
    if template == "array":
        prompt = (
            f"Array a has {shape}, its elements have size {size}, and it starts at address {start}. {formula} "
            f"What is the address of {element}?"
        )
    else:
        prompt = (
            f"At which address is {element} if array a starts at address {start}, has {shape}, and its elements have "
            f"size {size}? {formula}"
        )
    yield prompt
    steps: list[str] = []
    offset = index[0]
    for extent, place in zip(extents[1:], index[1:], strict=True):
        steps += product(offset, extent)
        steps.append(f"{offset * extent}+{place}={offset * extent + place}")
        offset = offset * extent + place
    steps += product(offset, size)
    address = start + offset * size
    steps.append(f"{start}+{offset * size}={address}")
    chance = {1: 0.012, 2: 0.0015, 3: 0.0005, 4: 0.0001, 5: 0.00001}[sizes]
    return Draft(prompt, str(address), worked(steps, str(address)), template, chance, steps=looks(steps))


KIND = Kind(
    "array_address", 2, Skill.CALCULATION, Domain.CODING, AnswerType.INTEGER, draft, levels=tuple(_DIMENSIONS), order=3,
    grows="dimensions, up to 22",
)  # fmt: skip
