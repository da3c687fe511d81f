"""The kinds that ask for diagnostic: one file each, one line each here."""

from skillprobe_core.items.schema import Kind

from . import arithmetic_chain, contradiction, law_application, trace_comments

KINDS: tuple[Kind, ...] = (
    arithmetic_chain.KIND,
    law_application.KIND,
    trace_comments.KIND,
    contradiction.KIND,
)
