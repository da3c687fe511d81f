"""Every genotype that a cross can give (science).

The prompt says how inheritance works (one allele of each pair from each parent), so no biology has to be
recalled and nothing is computed: what remains is to pair every allele of one parent with every one of the other,
gene by gene, and to list each outcome once. That is enumeration.
"""

from __future__ import annotations

import itertools
import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

_LETTERS = "ABCDEFGHKLMNPRSTVW"
_GENES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 3}
_WORDINGS = {
    "child": "A child gets one allele of each pair from each parent. {parents} "
    "List every genotype that the child can have{limits}. {form}",
    "offspring": "{parents} Each passes on one allele of each pair. "
    "Which genotypes can their offspring have{limits}? {form}",
    "seed": "Two plants are crossed; a seed takes one allele of each pair from each plant. {parents} "
    "List all genotypes that a seed can have{limits}. {form}",
}
_FORM_ONE = "Letters of a pair and the list go in alphabetical order; use commas."
_FORM_MORE = (
    "Write pairs in the order given, joined by hyphens, the letters of each pair in alphabetical order; "
    "list in alphabetical order with commas."
)


def _pair(a: str, b: str) -> str:
    return a + b if a <= b else b + a


def _genes(level: int, rng: random.Random) -> list[tuple[str, str]]:
    """For each gene the pairs of the first and of the second parent; genes use letters of their own."""
    letters = rng.sample(_LETTERS, 4 * _GENES[level])
    genes = []
    for gene in range(_GENES[level]):
        pool = letters[4 * gene : 4 * gene + (2 if level == 1 or gene else 4)]
        while True:
            first = _pair(rng.choice(pool), rng.choice(pool))
            second = _pair(rng.choice(pool), rng.choice(pool))
            if len(set(first + second)) >= min(len(pool), 3) and first != second:
                break
        genes.append((first, second))
    return genes


def _limits(level: int, genes: list[tuple[str, str]], rng: random.Random) -> list[tuple[str, int, str]]:
    """Constraints (rule, gene, letter): `without` the letter, or `same`/`different` letters in a pair."""
    count = {1: 0, 2: 0, 3: 0, 4: 1, 5: 2}[level]
    limits = []
    for gene in sorted(rng.sample(range(len(genes)), count)):
        rule = rng.choice(("different", "same", "without"))
        limits.append((rule, gene, rng.choice(sorted(set("".join(genes[gene]))))))
    return limits


def _meets(genotype: tuple[str, ...], limits: list[tuple[str, int, str]]) -> bool:
    for rule, gene, letter in limits:
        pair = genotype[gene]
        if rule == "without" and letter in pair:
            return False
        if rule != "without" and (pair[0] == pair[1]) != (rule == "same"):
            return False
    return True


def _limits_text(limits: list[tuple[str, int, str]]) -> str:
    ordinal = ("first", "second", "third")
    texts = {
        "without": "no {letter} in the {gene} pair",
        "same": "two equal letters in the {gene} pair",
        "different": "two different letters in the {gene} pair",
    }
    parts = [texts[rule].format(letter=letter, gene=ordinal[gene]) for rule, gene, letter in limits]
    return f" that has {' and '.join(parts)}" if parts else ""


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 crosses one gene with two alleles, level 5 three genes under two constraints."""
    while True:
        genes = _genes(level, rng)
        limits = _limits(level, genes, rng)
        per_gene = [sorted({_pair(a, b) for a in first for b in second}) for first, second in genes]
        whole = list(itertools.product(*per_gene))
        found = [genotype for genotype in whole if _meets(genotype, limits)]
        if 2 <= len(found) <= 12 and (not limits or len(found) < len(whole)):
            break
    first_parent = "-".join(first for first, _ in genes)
    second_parent = "-".join(second for _, second in genes)
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        parents=f"The parents are {first_parent} and {second_parent}.",
        limits=_limits_text(limits),
        form=_FORM_ONE if len(genes) == 1 else _FORM_MORE,
    )
    yield prompt
    lines = [
        " ".join(f"{a}+{b}={_pair(a, b)}" for a in dict.fromkeys(first) for b in dict.fromkeys(second)) + "."
        for first, second in genes
    ]
    if limits:
        kept = [", ".join(dict.fromkeys(genotype[i] for genotype in found)) for i in range(len(genes))]
        lines.append(f"Allowed: {'; '.join(kept)}.")
    listed = tuple("-".join(genotype) for genotype in found)
    answer = ", ".join(listed)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference="\n".join([*lines, f"Answer: {answer}"]),
        template=wording,
        chance=0.0,
        evidence=listed,
    )


KIND = Kind(
    name="genotypes",
    version=1,
    skill=Skill.ENUMERATION,
    domain=Domain.SCIENCE,
    answer_type=AnswerType.SET,
    draft=draft,
    order=1,
)
