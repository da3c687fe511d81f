"""The kinds that ask for fact_retrieval: one file each, one line each here."""

from skillprobe_core.items.schema import Kind

from . import coding_recall, general_recall, math_recall, science_recall

KINDS: tuple[Kind, ...] = (
    math_recall.KIND,
    science_recall.KIND,
    coding_recall.KIND,
    general_recall.KIND,
)
