"""The kinds that ask for enumeration: one file each, one line each here."""

from skillprobe_core.benchmark.item_schema import Kind

from . import (
    build_matrix,
    codons,
    common_slots,
    digit_numbers,
    distinct_substrings,
    genotypes,
    index_pairs,
    microstates,
    numbers_in_range,
    routes,
    teams,
    ways_to_sum,
)

KINDS: tuple[Kind, ...] = (
    numbers_in_range.KIND,
    ways_to_sum.KIND,
    digit_numbers.KIND,
    genotypes.KIND,
    codons.KIND,
    microstates.KIND,
    build_matrix.KIND,
    index_pairs.KIND,
    distinct_substrings.KIND,
    teams.KIND,
    common_slots.KIND,
    routes.KIND,
)
