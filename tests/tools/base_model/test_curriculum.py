"""The mixture: what is not known comes more often, levels open one after the other, cells weigh alike."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.demo.sft_and_rl import TARGET_CELL
from tools.base_model.curriculum import LEVELS, Curriculum

SLOTS = [(kind.name, level) for kind in KINDS for level in LEVELS if level in kind.levels]
OTHERS = [kind for kind in KINDS if (kind.skill, kind.domain) != TARGET_CELL]
shares = st.floats(min_value=0, max_value=1)


@given(known=st.lists(shares, min_size=len(SLOTS), max_size=len(SLOTS)))
def test_everything_but_a_third_level_is_always_drawn_sometimes(known):
    curriculum = Curriculum(KINDS, seed=0, accuracy=dict(zip(SLOTS, known, strict=True)))
    weights = curriculum.weights()
    assert list(weights) == SLOTS
    assert all(weight > 0 for (_, level), weight in weights.items() if level <= 2)


@given(kind=st.sampled_from(KINDS), low=shares, high=shares)
def test_a_level_comes_less_as_it_is_learned_and_the_next_comes_more(kind, low, high):
    # While it leads its cell: begun, and not yet learned.
    low, high = (0.01 + 0.68 * accuracy for accuracy in sorted((low, high)))
    first, second = min(kind.levels), min(kind.levels) + 1
    weaker = Curriculum(KINDS, seed=0, accuracy={(kind.name, first): low}).weights()
    stronger = Curriculum(KINDS, seed=0, accuracy={(kind.name, first): high}).weights()
    assert stronger[kind.name, first] <= weaker[kind.name, first]
    if second in kind.levels and second in LEVELS:
        assert stronger[kind.name, second] >= weaker[kind.name, second]


def test_cells_of_many_kinds_weigh_as_much_as_cells_of_few():
    weights = Curriculum(KINDS, seed=0).weights()
    cells = Counter()
    for kind in OTHERS:
        cells[kind.skill, kind.domain] += weights[kind.name, min(kind.levels)]
    by_skill = {}
    for (skill, _), weight in cells.items():
        by_skill.setdefault(skill, []).append(weight)
    assert all(max(values) - min(values) < 1e-9 for values in by_skill.values())


def test_a_new_accuracy_counts_half():
    curriculum = Curriculum(KINDS, seed=0)
    slot = SLOTS[0]
    curriculum.measured({slot: 0.8})
    assert curriculum.accuracy[slot] == 0.8
    curriculum.measured({slot: 0.4})
    assert abs(curriculum.accuracy[slot] - 0.6) < 1e-12


def test_the_draws_follow_the_weights():
    curriculum = Curriculum(KINDS, seed=2)
    weights = curriculum.weights()
    total = sum(weights.values())
    counts = Counter((item.kind, item.level) for item in curriculum.take(6000))
    for slot, weight in weights.items():
        expected = 6000 * weight / total
        assert abs(counts[slot] - expected) < 6 * (expected**0.5) + 6, slot
