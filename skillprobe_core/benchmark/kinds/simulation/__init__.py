"""The kinds that ask for simulation: one file each, one line each here."""

from skillprobe_core.benchmark.item_schema import Kind

from . import (
    ball_swaps,
    cell_rows,
    energy_levels,
    grid_walk,
    iterated_rule,
    moved_things,
    row_swaps,
    stack_machine,
    state_machine,
    strand_edits,
    variable_trace,
    waiting_line,
)

KINDS: tuple[Kind, ...] = (
    row_swaps.KIND,
    grid_walk.KIND,
    iterated_rule.KIND,
    energy_levels.KIND,
    cell_rows.KIND,
    strand_edits.KIND,
    variable_trace.KIND,
    stack_machine.KIND,
    state_machine.KIND,
    ball_swaps.KIND,
    waiting_line.KIND,
    moved_things.KIND,
)
