"""Enumerations over an unknown list: the lists of two restored questions differ."""

import itertools

from skillprobe_core.benchmark.twins import enumeration_twins as twins
from tests.benchmark.kinds.enumeration import test_build_matrix as matrix
from tests.benchmark.kinds.enumeration import test_common_slots as slots
from tests.benchmark.kinds.enumeration import test_index_pairs as pairs


def times(prompt):
    people, limits = slots.read(prompt)
    common = set.intersection(*map(set, people))
    return ", ".join(slot for slot in slots.WEEK if slot in common and not set(slot.split()) & set(limits))


def positions(prompt):
    entries, relation = pairs.read(prompt)
    places = itertools.combinations(range(len(entries)), 2)
    return ", ".join(f"{i}-{j}" for i, j in places if pairs.holds(relation, entries, i, j))


def jobs(prompt):
    axes, rules = matrix.read(prompt)
    every = ["-".join(job) for job in itertools.product(*axes)]
    return ", ".join(job for job in every if not any({a, b} <= set(job.split("-")) for a, b in rules))


def test_free_times_of_which_one_persons_are_unknown(proved):
    assert proved(twins.COMMON_SLOTS, times) == 1


def test_a_list_with_an_unknown_entry(proved):
    assert proved(twins.INDEX_PAIRS, positions) == 1


def test_a_matrix_with_an_unknown_axis(proved):
    assert proved(twins.BUILD_MATRIX, jobs) == 1
