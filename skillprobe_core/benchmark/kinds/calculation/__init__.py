"""The kinds that ask for calculation: one file each, one line each here."""

from skillprobe_core.benchmark.item_schema import Kind

from . import (
    array_address,
    base_conversion,
    circuit_current,
    column_sum,
    dilution,
    elapsed_time,
    fraction_sum,
    linear_equation,
    motion_formula,
    price_changes,
    python_arithmetic,
    shopping_total,
)

KINDS: tuple[Kind, ...] = (
    column_sum.KIND,
    linear_equation.KIND,
    fraction_sum.KIND,
    motion_formula.KIND,
    dilution.KIND,
    circuit_current.KIND,
    python_arithmetic.KIND,
    base_conversion.KIND,
    array_address.KIND,
    shopping_total.KIND,
    elapsed_time.KIND,
    price_changes.KIND,
)
