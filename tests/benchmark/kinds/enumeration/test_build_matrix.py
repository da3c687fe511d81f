import itertools
import re

import pytest

from skillprobe_core.benchmark.kinds.enumeration.build_matrix import KIND

AXIS = r"(systems|processors|compilers|modes|databases|languages) \((\w+(?:, \w+)*)\)"


def read(prompt):
    axes = [names.split(", ") for _, names in re.findall(AXIS, prompt)]
    order = [name for name, _ in re.findall(AXIS, prompt)]
    rules = re.findall(r"(\w+) does not work with (\w+)", prompt)
    form = re.search(r" in the form (\w+(?:-\w+)+)[,.]", prompt)[1]
    assert [name.removesuffix("s") for name in order] == form.split("-")
    return axes, rules


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_lists_every_allowed_job(level, drafts, listed):
    for draft in drafts(KIND, level):
        axes, rules = read(draft.prompt)
        assert len(rules) == len(set(rules)) == {1: 1, 2: 2, 3: 2, 4: 4, 5: 6}[level]
        jobs = ["-".join(job) for job in itertools.product(*axes)]
        expected = [job for job in jobs if not any({a, b} <= set(job.split("-")) for a, b in rules)]
        assert listed(draft) == expected
        assert len(expected) < len(jobs)


def test_matrices_grow_with_the_level(drafts):
    sizes = []
    for level in KIND.levels[:5]:
        matrices = [read(draft.prompt)[0] for draft in drafts(KIND, level, 60)]
        sizes.append({len(list(itertools.product(*axes))) for axes in matrices})
    assert all(max(earlier) < min(later) for earlier, later in itertools.pairwise(sizes))


def jobs_from_the_end(axes, barred):
    """The allowed jobs, made from the last list to the first."""
    jobs = [()]
    for names in reversed(axes):
        jobs = [(n, *job) for n in names for job in jobs if not any(frozenset((n, other)) in barred for other in job)]
    return ["-".join(job) for job in jobs]


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_is_solved_from_the_last_list_to_the_first(level, drafts, listed):
    (draft,) = drafts(KIND, level, 1)
    axes = [names.split(", ") for names in re.findall(r"\w+ \((\w+(?:, \w+)+)\)", draft.prompt)]
    rules = re.findall(r"(\w+) does not work with (\w+(?:(?:, | or )\w+)*)", draft.prompt)
    barred = {frozenset((a, b)) for a, others in rules for b in re.split(", | or ", others)}
    assert len({name for names in axes for name in names}) == sum(map(len, axes))
    assert listed(draft) == jobs_from_the_end(axes, barred)
    assert draft.steps > 6 * len(listed(draft))
