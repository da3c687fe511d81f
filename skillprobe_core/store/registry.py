"""Every table of the store."""

from __future__ import annotations

from skillprobe_core.engine.table import Table
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.base_spectra import BASE_SPECTRA
from skillprobe_core.measurements.change_onsets import CHANGE_ONSETS
from skillprobe_core.measurements.checkpoints import CHECKPOINTS
from skillprobe_core.measurements.generations import GENERATIONS
from skillprobe_core.measurements.items import ITEMS
from skillprobe_core.measurements.law_fits import LAW_FITS
from skillprobe_core.measurements.logit_divergence import LOGIT_DIVERGENCE
from skillprobe_core.measurements.matched_gain import MATCHED_GAIN
from skillprobe_core.measurements.noise_floor import NOISE_FLOOR
from skillprobe_core.measurements.number_types import NUMBER_TYPES
from skillprobe_core.measurements.parameter_stats import PARAMETER_STATS
from skillprobe_core.measurements.profile_tests import PROFILE_TESTS
from skillprobe_core.measurements.representation_shift import REPRESENTATION_SHIFT
from skillprobe_core.measurements.skill_scores import SKILL_SCORES
from skillprobe_core.measurements.study_measures import STUDY_MEASURES
from skillprobe_core.measurements.study_points import STUDY_POINTS
from skillprobe_core.measurements.study_tests import STUDY_TESTS
from skillprobe_core.measurements.token_divergence import TOKEN_DIVERGENCE
from skillprobe_core.measurements.transfer import TRANSFER
from skillprobe_core.measurements.verdicts import VERDICTS

TABLES: tuple[Table, ...] = (
    ITEMS,
    CHECKPOINTS,
    GENERATIONS,
    VERDICTS,
    SKILL_SCORES,
    LOGIT_DIVERGENCE,
    REPRESENTATION_SHIFT,
    BASE_SPECTRA,
    PARAMETER_STATS,
    PROFILE_TESTS,
)


ON_REQUEST: tuple[Table, ...] = (NOISE_FLOOR, TOKEN_DIVERGENCE)
"""Tables that are written only by a command or a setting, so they have no asset of their own."""

RECORDS: tuple[Table, ...] = (NUMBER_TYPES,)
"""Decisions that stages take and keep for later ones, so no asset of their own makes them."""

STUDY_TABLES: tuple[Table, ...] = (
    STUDY_TESTS,
    STUDY_POINTS,
    STUDY_MEASURES,
    CHANGE_ONSETS,
    TRANSFER,
    MATCHED_GAIN,
    LAW_FITS,
)
"""Summaries of all checkpoints of an item set, written together by the study; one file per item set."""

ALL_TABLES: tuple[Table, ...] = (*TABLES, *ON_REQUEST, *RECORDS, *STUDY_TABLES)
"""All tables that SQL can query."""


def table_named(name: str) -> Table:
    """The table of that name; raises StoreError with the valid names for any other."""
    for table in ALL_TABLES:
        if table.name == name:
            return table
    raise StoreError(f"unknown table {name!r}", remedy=f"use one of {', '.join(t.name for t in ALL_TABLES)}")
