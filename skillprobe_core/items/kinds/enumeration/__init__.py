"""The kinds that ask for enumeration: one file each, one line each here."""

from skillprobe_core.items.schema import Kind

from . import build_matrix, genotypes, numbers_in_range, teams

KINDS: tuple[Kind, ...] = (
    numbers_in_range.KIND,
    genotypes.KIND,
    build_matrix.KIND,
    teams.KIND,
)
