"""The kinds that ask for fact_retrieval: one file each, one line each here."""

from skillprobe_core.benchmark.item_schema import Kind

from . import (
    coding_choice,
    coding_guided,
    coding_recall,
    general_choice,
    general_guided,
    general_recall,
    math_choice,
    math_guided,
    math_recall,
    science_choice,
    science_guided,
    science_recall,
)

KINDS: tuple[Kind, ...] = (
    math_recall.KIND,
    math_guided.KIND,
    math_choice.KIND,
    science_recall.KIND,
    science_guided.KIND,
    science_choice.KIND,
    coding_recall.KIND,
    coding_guided.KIND,
    coding_choice.KIND,
    general_recall.KIND,
    general_guided.KIND,
    general_choice.KIND,
)
