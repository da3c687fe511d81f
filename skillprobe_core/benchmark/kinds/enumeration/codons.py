"""Every codon over given bases that meets stated conditions (science).

A codon is three letters; the prompt says which bases are used and what must hold, so no genetics has to be recalled
(nothing is translated). Each condition is a look at the letters. The work is to go through the triplets in
order and keep those that pass: enumeration. Levels have more bases and more conditions.
"""

from __future__ import annotations

import itertools
import random
from functools import cache

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

_Condition = tuple[str, frozenset[str]]

_WORDINGS = {
    "list": "A codon has three letters. List every codon whose letters are each {bases} and that {conditions}. "
    "Give the codons in alphabetical order, separated by commas.",
    "which": "Each base in a strand is {bases}. Which codons (three bases in a row) can occur in it so that the codon "
    "{conditions}? Give them in alphabetical order, separated by commas.",
    "meet": "A codon is three letters long, and here each letter is {bases}. Find every codon that {conditions}. "
    "Give them in alphabetical order, separated by commas.",
    "synthesis": "A synthesizer builds codons of three letters, each of them {bases}. Write down every codon that "
    "{conditions}, in alphabetical order, separated by commas.",
}
_BASES = {1: 2, 2: 3, 3: 4, 4: 4, 5: 4}
_CONDITIONS = {1: 1, 2: 2, 3: 2, 4: 3, 5: 4}
_LEAST = {1: 2, 2: 2, 3: 4, 4: 4, 5: 4}
_MOST = {1: 5, 2: 6, 3: 9, 4: 12, 5: 14}


@cache
def _conditions(bases: str) -> tuple[_Condition, ...]:
    """Every condition over these bases, with the codons that meet it."""
    codons = ["".join(codon) for codon in itertools.product(bases, repeat=3)]
    meeting = {"has no two equal letters next to each other": [c for c in codons if c[0] != c[1] != c[2]]}
    for b in bases:
        meeting[f"starts with {b}"] = [c for c in codons if c[0] == b]
        meeting[f"ends with {b}"] = [c for c in codons if c[2] == b]
        meeting[f"has {b} in the middle"] = [c for c in codons if c[1] == b]
        meeting[f"contains {b} exactly once"] = [c for c in codons if c.count(b) == 1]
        meeting[f"contains {b} exactly twice"] = [c for c in codons if c.count(b) == 2]
        meeting[f"does not start with {b}"] = [c for c in codons if c[0] != b]
        meeting[f"contains {b} at least once"] = [c for c in codons if b in c]
        for other in bases.replace(b, ""):
            meeting[f"does not contain {b}{other}"] = [c for c in codons if b + other not in c]
    return tuple((text, frozenset(found)) for text, found in meeting.items())


def _idle(kept: list[frozenset[str]], common: frozenset[str]) -> bool:
    """True if one of several conditions excludes nothing that the others admit."""
    others = (kept[:place] + kept[place + 1 :] for place in range(len(kept)))
    return len(kept) > 1 and any(frozenset.intersection(*rest) == common for rest in others)


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 8 codons over two bases and one condition, level 5 has 64 and four conditions."""
    while True:
        bases = "".join(sorted(rng.sample(rng.choice(("ACGU", "ACGT")), _BASES[level])))
        conditions = rng.sample(_conditions(bases), _CONDITIONS[level])
        kept = [codons for _, codons in conditions]
        common = frozenset.intersection(*kept)
        if _LEAST[level] <= len(common) <= _MOST[level] and not _idle(kept, common):
            break
    texts = [text for text, _ in conditions]
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        bases=f"{', '.join(bases[:-1])} or {bases[-1]}",
        conditions=texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}",
    )
    yield prompt
    found = sorted(common)
    shown = ["".join(codon) for codon in itertools.product(bases, repeat=3)] if level == 1 else found
    checked = "; ".join(f"{codon} {'yes' if codon in common else 'no'}" for codon in shown)
    answer = ", ".join(found)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{checked}.\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=tuple(found),
    )


KIND = Kind(
    name="codons",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.SCIENCE,
    answer_type=AnswerType.SET,
    draft=draft,
    order=2,
)
