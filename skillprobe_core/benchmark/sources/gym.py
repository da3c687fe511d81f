"""Data sets of reasoning-gym (extra `gym`): an allow-list of sound ones, each placed in a cell.

A data set is allowed if its questions have one answer that our exact rules can compare and are the same in every
process with any PYTHONHASHSEED. Every item is drawn from a separate data set seeded with a digest of (data set, seed,
index), since reasoning-gym's own seeds overlap (seed 1's item 0 is seed 0's item 1). Its scorers, which give partial
credit, are not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Skill
from skillprobe_core.engine.digest import digest_of
from skillprobe_core.errors import ItemError, SettingsError

from .source import Entry

PREFIX = "gym/"
LICENCE = "Apache-2.0 (reasoning-gym)"
# Some questions of reasoning-gym give a format for the answer; the benchmark has one instruction for all items.
_FORMAT = re.compile(r"\s*(?:Give|Respond with|Output|Return)\b[^.\n]*\b(?:final answer|only)\b[^\n]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Placed:
    """The cell of a data set; its items, drawn with reasoning-gym's default settings, all have one level."""

    skill: Skill
    domain: Domain
    level: int
    answer_type: AnswerType


_CALCULATION, _SIMULATION, _ENUMERATION = Skill.CALCULATION, Skill.SIMULATION, Skill.ENUMERATION
_INTEGER, _TEXT = AnswerType.INTEGER, AnswerType.TEXT
ALLOWED: dict[str, Placed] = {
    "basic_arithmetic": Placed(_CALCULATION, Domain.MATH, 2, _INTEGER),
    "chain_sum": Placed(_CALCULATION, Domain.MATH, 2, _INTEGER),
    "gcd": Placed(_CALCULATION, Domain.MATH, 3, _INTEGER),
    "lcm": Placed(_CALCULATION, Domain.MATH, 3, _INTEGER),
    "products": Placed(_CALCULATION, Domain.MATH, 4, _INTEGER),
    "simple_equations": Placed(_CALCULATION, Domain.MATH, 3, _INTEGER),
    "leg_counting": Placed(_CALCULATION, Domain.GENERAL, 3, _INTEGER),
    "bitwise_arithmetic": Placed(_CALCULATION, Domain.CODING, 4, _TEXT),
    "count_bits": Placed(_CALCULATION, Domain.CODING, 5, _INTEGER),
    "count_primes": Placed(_ENUMERATION, Domain.MATH, 5, _INTEGER),
    "largest_island": Placed(_ENUMERATION, Domain.CODING, 4, _INTEGER),
    "rectangle_count": Placed(_ENUMERATION, Domain.GENERAL, 5, _INTEGER),
    "caesar_cipher": Placed(_SIMULATION, Domain.CODING, 4, _TEXT),
    "spell_backward": Placed(_SIMULATION, Domain.CODING, 2, _TEXT),
    "word_sequence_reversal": Placed(_SIMULATION, Domain.GENERAL, 2, AnswerType.SEQUENCE),
}


def read_gym(dataset: str, *, count: int, seed: int = 0) -> Iterator[Entry]:
    """`count` draws of an allowed data set; raises ItemError for any other, SettingsError without reasoning-gym."""
    if dataset not in ALLOWED:
        raise ItemError(
            f"reasoning-gym's data set {dataset!r} is not one of those that can be scored exactly",
            remedy=f"use gym/DATASET with one of {', '.join(sorted(ALLOWED))}",
        )
    if find_spec("reasoning_gym") is None:
        raise SettingsError("reasoning-gym is not installed", remedy="install the extra: pip install 'skillprobe[gym]'")
    import reasoning_gym

    placed = ALLOWED[dataset]
    for index in range(count):
        own = int(digest_of("gym", dataset, version("reasoning-gym"), seed, index)[:8], 16)
        drawn = reasoning_gym.create_dataset(dataset, size=1, seed=own)[0]
        answer = str(drawn["answer"]).strip()
        prompt = _FORMAT.sub("", drawn["question"]).strip()
        draft = Draft(prompt, answer, f"Answer: {answer}", "plain", 0.0)
        yield Entry(f"gym_{dataset}", placed.skill, placed.domain, placed.level, placed.answer_type, draft)
