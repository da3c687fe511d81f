import itertools
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.enumeration.microstates import KIND

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}


def read(prompt):
    count = COUNTS[re.search(rf"\b({'|'.join(COUNTS)})\b", prompt, re.IGNORECASE)[1].lower()]
    listed = re.search(r"(?:energy|each has) ((?:\d+, )*\d+ or \d+)", prompt)[1]
    energies = [int(n) for n in re.findall(r"\d+", listed)]
    total = int(re.search(r"(?:total energy is |total energy |share )(\d+)", prompt)[1])
    forbidden = re.search(r"The (\w+) one never has energy (\d+)", prompt)
    return count, energies, total, (
        "Neighbours never have equal energy" in prompt,
        "None of them has more energy than the first one" in prompt,
        forbidden and (ORDINALS.index(forbidden[1]), int(forbidden[2])),
    )  # fmt: skip


def states(count, energies, total):
    return [state for state in itertools.product(energies, repeat=count) if sum(state) == total]


def allowed(state, rules):
    different, first, forbidden = rules
    if different and any(state[i] == state[i + 1] for i in range(len(state) - 1)):
        return False
    if first and any(energy > state[0] for energy in state):
        return False
    return not forbidden or state[forbidden[0]] != forbidden[1]


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_lists_every_state(level, drafts, listed):
    for draft in drafts(KIND, level, 80):
        *shape, rules = read(draft.prompt)
        expected = ["-".join(map(str, state)) for state in states(*shape) if allowed(state, rules)]
        assert listed(draft) == expected


def test_particles_and_states_grow_with_the_level(drafts):
    drawn = [[read(draft.prompt) for draft in drafts(KIND, level, 60)] for level in KIND.levels[:5]]
    particles = [mean(count for count, *_ in level) for level in drawn]
    sizes = [mean(len(states(*shape[:3])) for shape in level) for level in drawn]
    assert particles == [2, 3, 3, 4, 5]
    assert sizes == sorted(set(sizes)), sizes


def states_from_the_end(count, energies, total, banned, apart):
    """The states, made from the last particle to the first: the energies of the others are known."""
    found = [()]
    for place in reversed(range(count)):
        found = [
            (energy, *rest)
            for energy in energies
            for rest in found
            if (place, energy) not in banned
            and all(energy != other or (place, place + 1 + n) not in apart for n, other in enumerate(rest))
            and energy + sum(rest) <= total
        ]
    return sorted(state for state in found if sum(state) == total)


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_is_solved_from_the_last_particle_to_the_first(level, drafts, listed):
    (draft,) = drafts(KIND, level, 1)
    shape = read(draft.prompt)[:3]
    banned = {(ORDINALS.index(a), int(e)) for a, e in re.findall(r"The (\w+) one never has energy (\d+)", draft.prompt)}
    apart = {
        tuple(map(ORDINALS.index, pair)) for pair in re.findall(r"The (\w+) and the (\w+) one never have", draft.prompt)
    }
    apart |= set(itertools.pairwise(range(shape[0])))
    expected = ["-".join(map(str, state)) for state in states_from_the_end(*shape, banned, apart)]
    assert listed(draft) == expected
