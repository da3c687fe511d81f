"""Recognition of definitions, theorems and constants of mathematics among four options.

The false options are right answers to questions of the same sort and level, so that neither form nor
plausibility gives the answer away: it is known or guessed. Nothing is computed, run or listed, hence fact
retrieval, by recognition where the other kinds ask for recall. Facts get more obscure with the level; level 4 also asks
them the other way round, level 5 over two facts, level 6 has the rarest facts.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Drafting, Kind, Skill

from .choice import draft_choice


def draft(level: int, rng: random.Random) -> Drafting:
    """One fact of the level with three false options, under one of eight wordings."""
    return draft_choice(Domain.MATH, level, rng)


KIND = Kind(
    name="math_choice",
    version=2,
    skill=Skill.FACT_RETRIEVAL,
    domain=Domain.MATH,
    answer_type=AnswerType.CHOICE,
    draft=draft,
    order=3,
    levels=(1, 2, 3, 4, 5, 6),
    grows="facts get rarer; ends at 6, the rarest facts of the tables, also over two facts",
)
