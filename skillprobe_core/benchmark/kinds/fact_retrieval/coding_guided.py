"""Guided recall of keywords, commands, codes and terms of programming.

The question names the law, field or standard that the fact belongs to, which is the hint that memory may need. Nothing
has to be worked out, so the kind needs fact retrieval alone. Compared with the unguided kind, it separates facts that
are lost from facts that are only hard to reach. Facts get more obscure with the level; levels 4 to 6 also ask them the
other way round.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Drafting, Kind, Skill

from .guided import draft_guided


def draft(level: int, rng: random.Random) -> Drafting:
    """One fact of the level with its law or field, under one of sixteen wordings."""
    return draft_guided(Domain.CODING, level, rng)


KIND = Kind(
    name="coding_guided",
    version=2,
    skill=Skill.FACT_RETRIEVAL,
    domain=Domain.CODING,
    answer_type=AnswerType.TEXT,
    draft=draft,
    order=2,
    levels=(1, 2, 3, 4, 5, 6),
    grows="facts get rarer; ends at 6, the rarest facts of the tables, also turned round",
)
