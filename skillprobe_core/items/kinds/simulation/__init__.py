"""The kinds that ask for simulation: one file each, one line each here."""

from skillprobe_core.items.schema import Kind

from . import ball_swaps, energy_levels, row_swaps, variable_trace

KINDS: tuple[Kind, ...] = (
    row_swaps.KIND,
    energy_levels.KIND,
    variable_trace.KIND,
    ball_swaps.KIND,
)
