"""The inputs that tables of a study declare: models, targets, items, and the rows of all their checkpoints."""

from __future__ import annotations

from skillprobe_core.engine.table import Need, Table
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

MODELS = Need("models", lambda study: {"models": ", ".join(study.models)})
"""The models compared."""

TARGETS = Need("targets", lambda study: {"targets": study.targets})
"""The cells that were trained on."""

MARGIN = Need("collapse_margin", lambda study: {"collapse_margin": str(study.margin)})
"""The drop that a collapse must exceed."""

ITEMS = Need("items", lambda study: {"items": study.item_set})
"""The item set."""


def _of_all(table: Table) -> Need:
    return Need(table.name, lambda study: {table.name: study.versions(table)}, table)


# In Dagster the tests of a checkpoint, the last of its skills' tables, stand for its verdicts.
VERDICTS_OF_ALL = Need(
    VERDICTS.name,
    lambda study: {VERDICTS.name: study.versions(VERDICTS), CHECKPOINTS.name: study.versions(CHECKPOINTS)},
    VERDICTS,
    asset=PROFILE_TESTS.name,
)
"""Verdicts of all checkpoints, and the base of each."""

DIVERGENCE_OF_ALL = _of_all(LOGIT_DIVERGENCE)
"""Divergences of all checkpoints."""

WEIGHTS_OF_ALL = _of_all(PARAMETER_STATS)
"""Parameter statistics of all checkpoints."""


def study_rows(table: Table) -> Need:
    """The same study's rows of another table."""
    return Need(table.name, lambda study: {table.name: study.version(table)}, table)
