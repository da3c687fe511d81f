import itertools
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.enumeration.microstates import KIND

ORDINALS = ("first", "second", "third", "fourth", "fifth")
COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5}


def read(prompt):
    count = COUNTS[re.search(r"\b(two|three|four|five)\b", prompt, re.IGNORECASE)[1].lower()]
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


@pytest.mark.parametrize("level", KIND.levels)
def test_answer_lists_every_state(level, drafts, listed):
    for draft in drafts(KIND, level, 80):
        *shape, rules = read(draft.prompt)
        expected = ["-".join(map(str, state)) for state in states(*shape) if allowed(state, rules)]
        assert listed(draft) == expected


def test_particles_and_states_grow_with_the_level(drafts):
    drawn = [[read(draft.prompt) for draft in drafts(KIND, level, 60)] for level in KIND.levels]
    particles = [mean(count for count, *_ in level) for level in drawn]
    sizes = [mean(len(states(*shape[:3])) for shape in level) for level in drawn]
    assert particles == [2, 3, 3, 4, 5]
    assert sizes == sorted(set(sizes)), sizes
