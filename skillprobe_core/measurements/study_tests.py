"""The `study_tests` table: the paired tests of all checkpoints, adjusted over cells and steps together."""

import polars as pl

from skillprobe_core.engine.table import Column, Table

from .profile_tests import PROFILE_TESTS

STUDY_TESTS = Table(
    name="study_tests",
    version=PROFILE_TESTS.version,
    about="One row per checkpoint and cell or subtotal: `profile_tests`, adjusted over all checkpoints of one base",
    key=("model", "step", "item_set", "skill", "domain"),
    partitioned=False,
    columns=(
        *PROFILE_TESTS.columns,
        Column("persistent", pl.Boolean, "True if also collapsed at the previous checkpoint; null at a first step"),
    ),
)
