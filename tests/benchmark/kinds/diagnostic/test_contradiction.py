import graphlib
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.contradiction import KIND

MORE = {"older", "taller", "faster", "stronger"}
COLOUR = re.compile(r"(\d+)\. (\w+)'s (\w+) is (not )?(\w+)\.")
ORDER = re.compile(r"(\d+)\. (\w+) is (\w+) than (\w+)\.")


def first_colour_clash(prompt):
    known, excluded = {}, {}
    for number, owner, _, negated, colour in COLOUR.findall(prompt):
        if negated:
            clash = known.get(owner) == colour
            excluded.setdefault(owner, set()).add(colour)
        else:
            clash = known.get(owner, colour) != colour or colour in excluded.get(owner, ())
            known[owner] = colour
        if clash:
            return int(number)
    return 0


def stated_pairs(prompt):
    return [(a, b) if relation in MORE else (b, a) for _, a, relation, b in ORDER.findall(prompt)]


def first_cycle(prompt):
    above = {}
    for number, (high, low) in enumerate(stated_pairs(prompt), start=1):
        above.setdefault(low, set()).add(high)
        try:
            graphlib.TopologicalSorter(above).prepare()
        except graphlib.CycleError as error:
            return number, len(error.args[1]) - 2
    return 0, None


@pytest.mark.parametrize("level", [1, 2])
def test_answer_is_the_first_statement_against_an_earlier_colour(level, drafts):
    for draft in drafts(KIND, level, 300):
        assert int(draft.answer) == first_colour_clash(draft.prompt), draft.prompt
        assert len({thing for _, _, thing, _, _ in COLOUR.findall(draft.prompt)}) == 1


@pytest.mark.parametrize("level", [3, 4, 5])
def test_answer_is_the_first_statement_that_closes_a_cycle(level, drafts):
    for draft in drafts(KIND, level, 300):
        number, links = first_cycle(draft.prompt)
        assert int(draft.answer) == number, draft.prompt
        if number:
            assert links >= level - 1, "no shorter chain of earlier statements is contradicted"
            assert len(draft.evidence) == level
            chain = [name for pair in zip(draft.evidence, draft.evidence[1:], strict=False) for name in pair]
            stated = stated_pairs(draft.prompt)[: number - 1]
            assert all(pair in stated for pair in zip(chain[::2], chain[1::2], strict=True))


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_statements_are_numbered_and_grow_with_the_level(level, drafts):
    for draft in drafts(KIND, level, 60):
        numbers = [int(n) for n in re.findall(r"(\d+)\. \w+(?:'s| is)", draft.prompt)]
        assert numbers == list(range(1, len(numbers) + 1))
    if level > 1:
        longer, shorter = (mean(len(d.prompt.split()) for d in drafts(KIND, one, 60)) for one in (level, level - 1))
        assert longer > shorter


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


NAMED = re.compile(r"(\d+)\. (\w+ \w+) is (\w+) than (\w+ \w+)\.")


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_contradicts_a_chain_of_earlier_statements(level, drafts):
    for draft in drafts(KIND, level, 4):
        pairs = [(a, b) if relation in MORE else (b, a) for _, a, relation, b in NAMED.findall(draft.prompt)]
        found = 0
        for number in range(1, len(pairs) + 1):
            known = graphlib.TopologicalSorter()
            for earlier in pairs[:number]:
                known.add(earlier[1], earlier[0])
            try:
                known.prepare()
            except graphlib.CycleError:
                found = number
                break
        assert int(draft.answer) == found
        if found:
            assert len(draft.evidence) >= 4
            assert set(zip(draft.evidence, draft.evidence[1:], strict=False)) <= set(pairs[: found - 1])
            assert pairs[found - 1] == (draft.evidence[-1], draft.evidence[0])
