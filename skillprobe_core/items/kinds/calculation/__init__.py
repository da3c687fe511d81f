"""The kinds that ask for calculation: one file each, one line each here."""

from skillprobe_core.items.schema import Kind

from . import column_sum, motion_formula, python_arithmetic, shopping_total

KINDS: tuple[Kind, ...] = (
    column_sum.KIND,
    motion_formula.KIND,
    python_arithmetic.KIND,
    shopping_total.KIND,
)
