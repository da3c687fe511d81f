"""Every genotype that a cross can give (science).

The prompt says how inheritance works (one allele of each gene from each parent), so no biology has to be
recalled and nothing is computed: what remains is to pair every allele of one parent with every one of the other,
gene by gene, and to list each outcome once. That is enumeration. Levels have more genes and outcomes, then conditions.
"""

from __future__ import annotations

import itertools
import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import spoken

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


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 crosses two genes with two outcomes, level 5 three genes under two conditions."""
    while True:
        genes = _genes(level, rng)
        limits = _limits(level, genes, rng)
        per_gene = [list(dict.fromkeys(_pair(a, b) for a in first for b in second)) for first, second in genes]
        whole = list(itertools.product(*(sorted(pairs) for pairs in per_gene)))
        found = [genotype for genotype in whole if _meets(genotype, limits)]
        low, high = _OUTCOMES[level]
        parents = ["".join(pairs) for pairs in zip(*genes, strict=True)]
        # The list of the two parents would give the answer away.
        copied = {"".join(genotype) for genotype in found} == set(parents)
        narrows = all(any(not _meets(genotype, [limit]) for genotype in whole) for limit in limits)
        if low <= len(whole) <= high and 2 <= len(found) <= _MOST and narrows and not copied:
            break
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        organisms=rng.choice(_ORGANISMS), first=parents[0], second=parents[1], limits=_limits_text(limits), form=_FORM
    )
    yield prompt
    lines = [
        " ".join(f"{a}+{b}={_pair(a, b)}" for a in dict.fromkeys(first) for b in dict.fromkeys(second)) + "."
        for first, second in genes
    ]
    if limits:
        kept = [", ".join(dict.fromkeys(genotype[i] for genotype in found)) for i in range(len(genes))]
        lines.append(f"Allowed: {'; '.join(kept)}.")
    listed = tuple("".join(genotype) for genotype in found)
    answer = ", ".join(listed)
    orders = list(itertools.permutations(range(len(genes))))[1:]
    other_orders = [", ".join("".join(genotype[i] for i in order) for genotype in found) for order in orders]
    return Draft(
        prompt=prompt,
        answer=answer,
        reference="\n".join([*lines, f"Answer: {answer}"]),
        template=wording,
        chance=0.0,
        accepted=(", ".join(" ".join(genotype) for genotype in found), *other_orders),
        evidence=listed,
    )


KIND = Kind(
    name="genotypes",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.SCIENCE,
    answer_type=AnswerType.SET,
    draft=draft,
    order=1,
)
