"""Unguided recall of symbols, units, laws and classifications of the natural sciences.

The question names nothing but the thing asked for, and the answer cannot be worked out from it: either it is
remembered or not. There is nothing to compute, run, list or check, so the kind needs fact retrieval alone. Facts
get more obscure from level 1 to 3; level 4 also asks them the other way round, level 5 over two facts, and level 6 has
the rarest facts.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Drafting, Kind, Skill

from .recall import draft_recall


def draft(level: int, rng: random.Random) -> Drafting:
    """One fact of the level, asked for under one of sixteen wordings."""
    return draft_recall(Domain.SCIENCE, level, rng)


KIND = Kind(
    name="science_recall",
    version=2,
    skill=Skill.FACT_RETRIEVAL,
    domain=Domain.SCIENCE,
    answer_type=AnswerType.TEXT,
    draft=draft,
    order=1,
    levels=(1, 2, 3, 4, 5, 6),
    grows="facts get rarer; ends at 6, the rarest facts of the tables, also turned round and over two facts",
)
