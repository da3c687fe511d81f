import itertools
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.enumeration.genotypes import KIND

ORDINALS = {"first": 0, "second": 1, "third": 2}


def read(prompt):
    parents = re.search(r"The parents are ([A-Z-]+) and ([A-Z-]+)\.", prompt).groups()
    limits = [("without", letter, ORDINALS[place]) for letter, place in re.findall(r"no ([A-Z]) in the (\w+)", prompt)]
    limits += [(rule, "", ORDINALS[place]) for rule, place in re.findall(r"two (\w+) letters in the (\w+)", prompt)]
    return [parent.split("-") for parent in parents], limits


def children(parents):
    """One gamete of each parent, every way: alleles are drawn by position, children collected as sorted pairs."""
    genes = len(parents[0])
    gametes = [list(itertools.product(*parent)) for parent in parents]
    return {
        tuple("".join(sorted(egg[i] + pollen[i])) for i in range(genes)) for egg, pollen in itertools.product(*gametes)
    }


def allowed(child, limits):
    for rule, letter, place in limits:
        equal = len(set(child[place])) == 1
        if (rule == "without" and letter in child[place]) or (rule == "equal" and not equal):
            return False
        if rule == "different" and equal:
            return False
    return True


@pytest.mark.parametrize("level", KIND.levels)
def test_answer_lists_every_genotype_of_the_cross(level, drafts, listed):
    for draft in drafts(KIND, level):
        parents, limits = read(draft.prompt)
        assert len(limits) == {4: 1, 5: 2}.get(level, 0)
        expected = {"-".join(child) for child in children(parents) if allowed(child, limits)}
        found = listed(draft)
        assert set(found) == expected
        assert found == sorted(found)
        assert len(found) == len(expected)


def test_crosses_grow_with_the_level(drafts):
    sizes = [mean(len(children(read(draft.prompt)[0])) for draft in drafts(KIND, level, 60)) for level in KIND.levels]
    assert sizes[0] < sizes[1] < sizes[2] <= sizes[3] + 1 < sizes[4]
