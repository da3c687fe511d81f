import itertools
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.kinds.enumeration.genotypes import KIND
from skillprobe_core.benchmark.splits import draw


def read(prompt):
    """The genotypes of the parents as pairs of alleles, and the conditions as (rule, allele)."""
    parents = re.findall(r"\b(?:[A-Za-z]{4}|[A-Za-z]{6})\b(?= and | are| x | in | and the other|\.)", prompt)
    parents = [
        text for text in parents if all(a.upper() == b.upper() for a, b in zip(text[::2], text[1::2], strict=True))
    ]
    limits = [("without", allele) for allele in re.findall(r"no allele ([A-Za-z])", prompt)]
    limits += [(rule, gene) for rule, gene in re.findall(r"two (identical|different) alleles of gene ([A-Z])", prompt)]
    return [[text[place : place + 2] for place in range(0, len(text), 2)] for text in parents], limits


def children(parents):
    """One gamete of each parent, every way; a child has at each gene the capital letter first."""
    gametes = [list(itertools.product(*parent)) for parent in parents]
    return {
        tuple(a + b if a.isupper() else b + a for a, b in zip(egg, pollen, strict=True))
        for egg, pollen in itertools.product(*gametes)
    }


def allowed(child, limits):
    for rule, letter in limits:
        (pair,) = [pair for pair in child if letter.upper() in pair.upper()]
        if rule == "without" and letter in pair:
            return False
        if rule != "without" and (pair[0] == pair[1]) != (rule == "identical"):
            return False
    return True


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_lists_every_genotype_of_the_cross(level, drafts, listed):
    for draft in drafts(KIND, level, 80):
        parents, limits = read(draft.prompt)
        assert len(parents) == 2, draft.prompt
        assert len(limits) == {4: 1, 5: 2}.get(level, 0)
        expected = {"".join(child) for child in children(parents) if allowed(child, limits)}
        found = listed(draft)
        assert set(found) == expected
        assert len(found) == len(expected)
        assert expected != {"".join(parent) for parent in parents}, "the question does not list its answer"


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_genotypes_are_written_as_biology_writes_them(level, drafts):
    for draft in drafts(KIND, level, 40):
        for genotype in draft.answer.split(", "):
            pairs = [genotype[place : place + 2] for place in range(0, len(genotype), 2)]
            assert all(re.fullmatch(r"([A-Z])(?:\1|(?i:\1))|[a-z]{2}", pair) for pair in pairs)
            assert sorted(pairs, key=str.upper) == pairs


def test_case_counts_and_other_orders_of_the_genes_are_right():
    for level in KIND.levels[:5]:
        item = draw(KIND, level, Split.TRAIN, 3, 1)
        genotypes = item.answer.split(", ")
        turned = ", ".join("".join(re.findall("..", genotype)[::-1]) for genotype in genotypes)
        spaced = ", ".join(" ".join(re.findall("..", genotype)) for genotype in reversed(genotypes))
        for right in (turned, spaced):
            assert judge(item, f"Answer: {right}").verdict is Verdict.CORRECT
        for wrong in (item.answer.upper(), item.answer.lower(), item.answer.swapcase()):
            assert judge(item, f"Answer: {wrong}").verdict is Verdict.WRONG


def test_crosses_grow_with_the_level(drafts):
    sizes = [
        mean(len(children(read(draft.prompt)[0])) for draft in drafts(KIND, level, 60)) for level in KIND.levels[:5]
    ]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] > 8 * sizes[0]


def without(parents, lethal):
    """The genotypes of a cross that contain no lethal combination, made from the last gene to the first."""
    found = [()]
    for one, other in reversed(list(zip(*parents, strict=True))):
        pairs = {"".join(sorted(a + b)) for a in one for b in other}
        found = [(p, *rest) for p in pairs for rest in found if not any(frozenset((p, q)) in lethal for q in rest)]
    return {"".join(genotype) for genotype in found}


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_leaves_out_lethal_combinations(level, drafts, listed):
    (draft,) = drafts(KIND, level, 1)
    words = [re.findall("..", word) for word in re.findall(r"\b(?:[A-Za-z]{2}){6,}\b", draft.prompt)]
    parents = [pairs for pairs in words if all(a.upper() == b.upper() for a, b in pairs)]
    lethal = {frozenset(pair) for pair in re.findall(r"\b([A-Za-z]{2}) with ([A-Za-z]{2})\b", draft.prompt)}
    assert len(parents) == 2
    found = listed(draft)
    assert set(found) == without(parents, lethal)
    assert len(found) == len(set(found))
    assert draft.steps > 6 * len(found)
