"""The levels of a kind are found in few looks, and rarely where nothing can move."""

from collections.abc import Mapping
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.level_choice import (
    BAND,
    LOOK,
    MOST_LEVELS,
    Choice,
    Place,
    Tally,
    choose,
    next_looks,
    share_evenly,
)


def search(accuracy: Mapping[int, float], seed: int = 0, chance: float = 0.0) -> tuple[Choice, dict[int, Tally]]:
    """The search on a model of these true accuracies by level, and all that it looked at."""
    rng = np.random.default_rng(seed)
    seen: dict[int, Tally] = {}
    for _ in range(100):
        looks = next_looks(sorted(accuracy), seen)
        if not looks:
            return choose(seen), seen
        for level in looks:
            before = seen.get(level, Tally(0, 0, chance))
            right = before.right + int(rng.binomial(LOOK, accuracy[level]))
            seen[level] = Tally(before.items + LOOK, right, chance)
    raise AssertionError("the search does not end")


def chance_of_each(accuracy: float, chance: float = 0.0) -> dict[Place, float]:
    """Exact probability of each place of a level with this true accuracy, by the sum over all outcomes."""
    ways = [comb(LOOK, k) * accuracy**k * (1 - accuracy) ** (LOOK - k) for k in range(LOOK + 1)]
    found = dict.fromkeys(Place, 0.0)
    for first, probability in enumerate(ways):
        one = Tally(LOOK, first, chance)
        if one.decided:
            found[one.place] += probability
            continue
        for second, further in enumerate(ways):
            two = Tally(2 * LOOK, first + second, chance)
            assert two.decided
            found[two.place] += probability * further
    assert sum(found.values()) == pytest.approx(1)
    return found


@pytest.mark.parametrize(("accuracy", "at_most"), [(0.02, 0.001), (0.1, 0.05), (0.95, 0.08), (0.99, 0.01)])
def test_a_level_far_from_the_band_is_rarely_taken_for_informative(accuracy: float, at_most: float) -> None:
    assert chance_of_each(accuracy)[Place.INFORMATIVE] <= at_most


@pytest.mark.parametrize("accuracy", [0.4, 0.5, 0.6, 0.7, 0.75])
def test_a_level_inside_the_band_is_mostly_found(accuracy: float) -> None:
    assert chance_of_each(accuracy)[Place.INFORMATIVE] >= 0.8


@pytest.mark.parametrize("chance", [0.1, 0.25, 1 / 3, 0.5])
def test_guessing_is_not_informative(chance: float) -> None:
    """A guesser is right in 30 % of the items of a choice among three, and nothing can be lost there."""
    assert chance_of_each(chance, chance)[Place.INFORMATIVE] <= 0.07
    assert chance_of_each(0.75, chance)[Place.INFORMATIVE] >= 0.4


def test_the_band_holds_its_ends() -> None:
    places = {right: Tally(20, right).place for right in range(21)}
    assert {right for right, place in places.items() if place is Place.INFORMATIVE} == set(range(6, 18))
    assert BAND == (0.30, 0.85)
    assert places[5] is Place.HARD
    assert places[18] is Place.EASY


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=12).map(lambda some: sorted(some, reverse=True)),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.05, 0.25]),
)
def test_every_ladder_gets_levels_of_its_own(accuracies: list[float], seed: int, chance: float) -> None:
    ladder = dict(enumerate(accuracies, start=1))
    choice, seen = search(ladder, seed, chance)
    assert set(choice.levels) <= set(seen) <= set(ladder)
    assert 1 <= len(choice.levels) <= MOST_LEVELS
    assert choice.levels == tuple(sorted(choice.levels))
    informative = [level for level, tally in seen.items() if tally.place is Place.INFORMATIVE]
    assert choice.informative == bool(informative)
    assert set(choice.levels) <= set(informative) or len(choice.levels) == 1
    assert all(tally.items in (LOOK, 2 * LOOK) for tally in seen.values())
    # A search by halves needs a look at about log2 of the levels, and at the neighbours of what it finds.
    assert len(seen) <= np.ceil(np.log2(len(ladder) + 1)) + MOST_LEVELS + 2


def test_a_solved_kind_has_its_highest_level_and_a_hopeless_one_its_lowest() -> None:
    assert search(dict.fromkeys(range(1, 9), 1.0))[0] == Choice((8,), informative=False)
    assert search(dict.fromkeys(range(1, 9), 0.0))[0] == Choice((1,), informative=False)


def test_a_cliff_has_the_nearer_side() -> None:
    seen = {2: Tally(8, 8), 3: Tally(16, 4)}
    assert choose(seen) == Choice((3,), informative=False)
    assert choose(seen | {3: Tally(8, 0)}) == Choice((2,), informative=False)


def test_levels_without_further_items_are_decided() -> None:
    seen = {1: Tally(3, 2, short=True)}
    assert next_looks([1], seen) == ()
    assert choose(seen) == Choice((1,), informative=True)


def test_levels_between_are_found_on_ladders_with_gaps() -> None:
    choice, _ = search({2: 1.0, 5: 0.6, 9: 0.0}, seed=1)
    assert choice == Choice((5,), informative=True)


def test_the_search_costs_about_ten_items_per_level() -> None:
    ladder = {level: float(1 / (1 + np.exp(1.5 * (level - 4.3)))) for level in range(1, 9)}
    looks = [search(ladder, seed)[1] for seed in range(200)]
    items = [sum(tally.items for tally in seen.values()) for seen in looks]
    assert 24 <= np.mean(items) <= 48
    chosen = [search(ladder, seed)[0] for seed in range(200)]
    assert np.mean([4 in choice.levels for choice in chosen]) > 0.75
    assert not any({1, 8} & set(choice.levels) for choice in chosen)


@given(st.integers(1, 200), st.sets(st.integers(1, 20), min_size=1, max_size=5))
def test_items_are_shared_evenly(items: int, levels: set[int]) -> None:
    shares = share_evenly(items, [*levels])
    assert sum(shares.values()) == items
    assert max(shares.values()) - min(shares.values()) <= 1
    assert list(shares) == sorted(levels)
