"""The kinds that ask for diagnostic: one file each, one line each here."""

from skillprobe_core.benchmark.item_schema import Kind

from . import (
    arithmetic_chain,
    bracket_mismatch,
    contradiction,
    copy_error,
    equation_steps,
    false_sum,
    law_application,
    reading_claims,
    schedule_clash,
    trace_comments,
    unbalanced_equation,
    undefined_name,
)

KINDS: tuple[Kind, ...] = (
    arithmetic_chain.KIND,
    equation_steps.KIND,
    false_sum.KIND,
    law_application.KIND,
    unbalanced_equation.KIND,
    reading_claims.KIND,
    trace_comments.KIND,
    undefined_name.KIND,
    bracket_mismatch.KIND,
    contradiction.KIND,
    schedule_clash.KIND,
    copy_error.KIND,
)
