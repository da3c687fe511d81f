"""The `study_tests` table: the paired tests of all checkpoints, adjusted over cells and steps together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import Column, Table
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS

from .study_needs import ITEMS, MARGIN, MODELS, VERDICTS_OF_ALL

if TYPE_CHECKING:
    from .study_subject import Study


def _compute(study: Study) -> pl.DataFrame:
    from .study_analyses import tests_of_all

    return tests_of_all(study.verdicts, study.checkpoints, study.items, study.margin)


STUDY_TESTS = Table(
    name="study_tests",
    version=PROFILE_TESTS.version,
    readable_since=PROFILE_TESTS.readable_since,
    about="One row per checkpoint and cell, subtotal or kind: `profile_tests`, adjusted over all checkpoints of a base",
    key=("model", "step", "protocol", "item_set", "skill", "domain", "kind"),
    partitioned=False,
    columns=(
        *PROFILE_TESTS.columns,
        Column(
            "persistent",
            pl.Boolean,
            "True if also collapsed at the previous checkpoint; null at a first step",
            may_be_null="every model has one checkpoint",
        ),
    ),
    needs=(
        MODELS,
        ITEMS,
        VERDICTS_OF_ALL,
        MARGIN,
    ),
    compute=_compute,
    code_version="4",
    group="study",
    asset="study",
)
