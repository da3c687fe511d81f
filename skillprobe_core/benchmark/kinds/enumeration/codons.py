"""Every codon over given bases that meets stated conditions (science).

A codon is three letters; the prompt says which bases are used and what must hold, so no genetics has to be recalled
(nothing is translated). Each condition is a look at the letters. The work is to go through the triplets in
order and keep those that pass: enumeration. Levels have more bases and more conditions. From level 6 on strands of
several letters are built, each base a stated number of times, so that the beginnings that have to be tried double.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices, spoken
from skillprobe_core.benchmark.ladder import LADDER

from .search_sizes import LONG_LOOKS, has_size, most_looks

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
_STRANDS = {
    "list": "List every strand of {bases} in which {conditions}. Give the strands in alphabetical order, separated by "
    "commas.",
    "build": "A synthesizer joins {bases} to strands of {length} letters in which {conditions}. Which strands can it "
    "build? Give them in alphabetical order, separated by commas.",
    "probe": "A probe consists of {bases}, {length} letters in all, and in it {conditions}. Write down every possible "
    "probe, in alphabetical order, separated by commas.",
}
# Letters of a strand, pairs of letters that must not occur in it, and pairs that must.
_LADDER = {6: (6, 5, 1), 7: (7, 5, 2), 8: (8, 6, 3), 9: (9, 6, 4)}
_MOST_OF_LADDER = 60
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


def _strands(
    counts: Mapping[str, int], barred: list[str], required: list[str], most: int | None
) -> tuple[list[str], int]:
    """The strands with these numbers of bases, without the barred pairs and with the required ones, and the number of
    beginnings that are tried. A search that tries more than `most` finds nothing."""
    found, looks = [""], 0
    for _ in range(sum(counts.values())):
        tried = [strand + base for strand in found for base in counts if strand.count(base) < counts[base]]
        looks += len(tried)
        if most is not None and looks > most:
            return [], looks
        found = [strand for strand in tried if strand[-2:] not in barred]
    return [strand for strand in found if all(pair in strand for pair in required)], looks


class _Question(NamedTuple):
    """A question with the name of its wording, the codons or strands, those that the solution shows, and the looks of a
    search."""

    wording: str
    prompt: str
    found: list[str]
    shown: list[str]
    looks: int


def _strand_question(level: int, rng: random.Random) -> _Question | None:
    """Strands under conditions on pairs, one of which is drawn first; None if the draw has too few or too many."""
    length, barred_count, required_count = _LADDER[level]
    bases = rng.choice(("ACGU", "ACGT"))
    letters = [*bases, *choices(rng, bases, length - len(bases))]
    rng.shuffle(letters)
    counts = {base: letters.count(base) for base in bases}
    pairs = list(dict.fromkeys(a + b for a, b in itertools.pairwise(letters)))
    required = rng.sample(pairs, min(required_count, len(pairs)))
    others = [pair for pair in map("".join, itertools.product(bases, repeat=2)) if pair not in pairs]
    barred = rng.sample(others, min(barred_count, len(others)))
    found, looks = _strands(counts, barred, required, most_looks(level, LONG_LOOKS))
    if not (len(found) <= _MOST_OF_LADDER and has_size(level, looks, LONG_LOOKS)):
        return None
    wording = rng.choice(sorted(_STRANDS))
    prompt = _STRANDS[wording].format(
        bases=spoken([f"{count} {base}" for base, count in counts.items()]),
        length=length,
        conditions=f"each of {spoken(required)} occurs and none of {spoken(barred)} does"
        if required[1:]
        else f"{required[0]} occurs and none of {spoken(barred)} does",
    )
    return _Question(wording, prompt, found, found, looks)


def _codon_question(level: int, rng: random.Random) -> _Question | None:
    """Codons under conditions on their letters; None if the draw has too few or too many."""
    bases = "".join(sorted(rng.sample(rng.choice(("ACGU", "ACGT")), _BASES[level])))
    conditions = rng.sample(_conditions(bases), _CONDITIONS[level])
    kept = [codons for _, codons in conditions]
    common = frozenset.intersection(*kept)
    if not _LEAST[level] <= len(common) <= _MOST[level] or _idle(kept, common):
        return None
    texts = [text for text, _ in conditions]
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        bases=f"{', '.join(bases[:-1])} or {bases[-1]}",
        conditions=texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}",
    )
    found = sorted(common)
    codons = ["".join(codon) for codon in itertools.product(bases, repeat=3)]
    return _Question(wording, prompt, found, codons if level == 1 else found, len(codons))


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 8 codons over two bases and one condition, level 5 has 64 and four conditions, level 9
    strands of nine letters."""
    question = None
    while question is None:
        question = (_codon_question if level < LADDER else _strand_question)(level, rng)
    yield question.prompt
    found = question.found
    checked = "; ".join(f"{codon} {'yes' if codon in found else 'no'}" for codon in question.shown)
    answer = ", ".join(found)
    return Draft(
        prompt=question.prompt,
        answer=answer,
        reference=f"{checked}.\nAnswer: {answer}",
        template=question.wording,
        chance=0.0,
        evidence=tuple(found),
        steps=question.looks,
    )


KIND = Kind(
    name="codons",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.SCIENCE,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=(1, 2, 3, 4, 5, *LONG_LOOKS),
    order=2,
    grows="letters of a strand, up to nine letters under ten conditions on pairs",
)
