"""Every genotype that a cross can give (science).

The prompt says how inheritance works (one allele of each gene from each parent), so no biology has to be
recalled and nothing is computed: what remains is to pair every allele of one parent with every one of the other,
gene by gene, and to list each outcome once. That is enumeration. Levels have more genes and outcomes, then conditions.
From level 6 on some pairs of alleles of two genes are lethal, so that the partial genotypes that have to be tried
double.
"""

from __future__ import annotations

import itertools
import math
import random
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import spoken
from skillprobe_core.benchmark.ladder import LADDER

from .assignments import assignments, exclusions
from .search_sizes import LADDER_LEVELS, has_size, most_looks

# Letters whose capital and small forms are easy to tell apart.
_LETTERS = "ABDEFGHLMNQRTY"
_ORGANISMS = (
    "pea plants",
    "fruit flies",
    "mice",
    "guinea pigs",
    "rabbits",
    "maize plants",
    "tomato plants",
    "snapdragons",
)
_GENES = {1: 2, 2: 2, 3: 2, 4: 3, 5: 3}
# The smallest and largest number of outcomes of the cross before conditions.
_OUTCOMES = {1: (2, 2), 2: (3, 4), 3: (6, 9), 4: (8, 18), 5: (18, 27)}
_LIMITS = {1: 0, 2: 0, 3: 0, 4: 1, 5: 2}
_MOST = 12
# Number of genes, and the probability that two outcomes of different genes are lethal together.
_LADDER = {6: (6, 0.27), 7: (8, 0.24), 8: (11, 0.19), 9: (13, 0.16)}
_MOST_OF_LADDER = 40
_WORDINGS = {
    "offspring": "Two {organisms} with the genotypes {first} and {second} are crossed. Each of their "
    "offspring gets one "
    "allele of each gene from each parent. List every genotype that the offspring can have.{limits} {form}",
    "parents": "In {organisms}, one parent has the genotype {first} and the other {second}. Each parent passes on one "
    "allele of each gene. Which genotypes can their offspring have?{limits} {form}",
    "cross": "Consider the cross {first} x {second} in {organisms}. Each of the offspring inherits one allele of each "
    "gene from each parent. Give all possible genotypes of the offspring.{limits} {form}",
}
_FORM = (
    "Write each genotype like those of the parents, with the genes in the same order and the dominant "
    "allele (the capital "
    "letter) first, and separate the genotypes with commas."
)
_Pair = tuple[str, str]


def _pair(one: str, other: str) -> str:
    """Two alleles of a gene, the dominant one first."""
    return "".join(sorted(one + other))


def _genes(level: int, rng: random.Random) -> list[_Pair]:
    """For each gene the alleles of the first and of the second parent."""
    letters = sorted(rng.sample(_LETTERS, _GENES[level]))
    kinds = [(letter * 2, letter + letter.lower(), letter.lower() * 2) for letter in letters]
    return [(rng.choice(pairs), rng.choice(pairs)) for pairs in kinds]


def _limits(level: int, genes: list[_Pair], rng: random.Random) -> list[tuple[str, str]]:
    """Conditions (rule, letter) on different genes: `without` an allele, or `same` or `different` alleles."""
    limits = []
    for first, _ in sorted(rng.sample(genes, _LIMITS[level])):
        letter = first[0]
        rule = rng.choice(("different", "same", "without"))
        limits.append((rule, rng.choice((letter.upper(), letter.lower())) if rule == "without" else letter.upper()))
    return limits


def _meets(genotype: tuple[str, ...], limits: list[tuple[str, str]]) -> bool:
    for rule, letter in limits:
        pair = next(pair for pair in genotype if pair[0].upper() == letter.upper())
        if rule == "without" and letter in pair:
            return False
        if rule != "without" and (pair[0] == pair[1]) != (rule == "same"):
            return False
    return True


def _limits_text(limits: list[tuple[str, str]]) -> str:
    texts = {
        "without": "no allele {letter}",
        "same": "two identical alleles of gene {letter}",
        "different": "two different alleles of gene {letter}",
    }
    parts = [texts[rule].format(letter=letter) for rule, letter in limits]
    return f" Consider only genotypes with {spoken(parts)}." if limits else ""


def _outcomes(gene: _Pair) -> list[str]:
    """The outcomes of one gene, those of the first alleles first."""
    first, second = gene
    return list(dict.fromkeys(_pair(a, b) for a in first for b in second))


def _pairings(genes: list[_Pair]) -> int:
    """Number of different pairs of an allele of one parent and one of the other, in all genes."""
    return sum(len(set(first)) * len(set(second)) for first, second in genes)


class _Cross(NamedTuple):
    """The genes of the two parents, the condition as a sentence, and the genotypes that meet it.

    looks: pairings of alleles, and partial genotypes that a search gene by gene looks at.
    """

    genes: list[_Pair]
    condition: str
    found: list[tuple[str, ...]]
    looks: int

    def parents(self) -> list[str]:
        return ["".join(pairs) for pairs in zip(*self.genes, strict=True)]


def _cross(level: int, rng: random.Random) -> _Cross | None:
    """A cross with conditions on single genes; None if the draw has too few or too many outcomes."""
    genes = _genes(level, rng)
    limits = _limits(level, genes, rng)
    whole = list(itertools.product(*(sorted(_outcomes(gene)) for gene in genes)))
    found = [genotype for genotype in whole if _meets(genotype, limits)]
    low, high = _OUTCOMES[level]
    narrows = all(any(not _meets(genotype, [limit]) for genotype in whole) for limit in limits)
    if not (low <= len(whole) <= high and 2 <= len(found) <= _MOST and narrows):
        return None
    kept = [{genotype[place] for genotype in found} for place in range(len(genes))]
    looks = sum(math.prod(map(len, kept[:place])) * len(_outcomes(gene)) for place, gene in enumerate(genes))
    return _Cross(genes, _limits_text(limits), found, _pairings(genes) + looks)


def _long_cross(level: int, rng: random.Random) -> _Cross | None:
    """A cross of more genes with lethal pairs; one genotype is drawn first, and no pair of it is lethal."""
    count, share = _LADDER[level]
    genes = []
    for letter in sorted(rng.sample(_LETTERS, count)):
        mixed = letter + letter.lower()
        genes.append((mixed, rng.choice((mixed, mixed, mixed, letter * 2, letter.lower() * 2))))
    per_gene = [sorted(_outcomes(gene)) for gene in genes]
    alive = {rng.choice(pairs) for pairs in per_gene}
    lethal = [
        (a, b)
        for one, other in itertools.combinations(per_gene, 2)
        for a, b in itertools.product(one, other)
        if rng.random() < share and not (a in alive and b in alive)
    ]
    names = [pair for pairs in per_gene for pair in pairs]
    number = {pair: place for place, pair in enumerate(names)}
    places = [[number[pair] for pair in pairs] for pairs in per_gene]
    excluded = exclusions([(number[a], number[b]) for a, b in lethal])
    ways, looks = assignments(places, excluded, most=most_looks(level))
    looks += _pairings(genes)
    if not (2 <= len(ways) <= _MOST_OF_LADDER and has_size(level, looks)):
        return None
    listed = ", ".join(f"{a} with {b}" for a, b in lethal)
    condition = f" Leave out every genotype with one of these lethal combinations: {listed}."
    return _Cross(genes, condition, [tuple(names[value] for value in way) for way in ways], looks)


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 crosses two genes with two outcomes, level 5 three genes under two conditions, level 9
    thirteen genes with some 80 lethal combinations."""
    while True:
        cross = (_cross if level < LADDER else _long_cross)(level, rng)
        # The list of the two parents would give the answer away.
        if cross and {"".join(genotype) for genotype in cross.found} != set(cross.parents()):
            break
    first, second = cross.parents()
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        organisms=rng.choice(_ORGANISMS), first=first, second=second, limits=cross.condition, form=_FORM
    )
    yield prompt
    genes, found = cross.genes, cross.found
    lines = [
        " ".join(f"{a}+{b}={_pair(a, b)}" for a in dict.fromkeys(one) for b in dict.fromkeys(other)) + "."
        for one, other in genes
    ]
    if cross.condition and level < LADDER:
        kept = [", ".join(dict.fromkeys(genotype[i] for genotype in found)) for i in range(len(genes))]
        lines.append(f"Allowed: {'; '.join(kept)}.")
    listed = tuple("".join(genotype) for genotype in found)
    answer = ", ".join(listed)
    orders = list(itertools.permutations(range(len(genes))))[1:] if level < LADDER else []
    other_orders = [", ".join("".join(genotype[i] for i in order) for genotype in found) for order in orders]
    return Draft(
        prompt=prompt,
        answer=answer,
        reference="\n".join([*lines, f"Answer: {answer}"]),
        template=wording,
        chance=0.0,
        accepted=(", ".join(" ".join(genotype) for genotype in found), *other_orders),
        evidence=listed,
        steps=cross.looks,
    )


KIND = Kind(
    name="genotypes",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.SCIENCE,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=LADDER_LEVELS,
    order=1,
    grows="genes and lethal combinations, up to thirteen genes",
)
