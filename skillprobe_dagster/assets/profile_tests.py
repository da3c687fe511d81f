"""`profile_tests`: tests of each skill's change from the base."""

import dagster as dg
import polars as pl

from skillprobe_core.measurements.profile_tests import PROFILE_TESTS
from skillprobe_core.pipeline.stages.profile_tests import STAGE
from skillprobe_dagster.materialise import materialise
from skillprobe_dagster.metadata import Metadata, markdown_table, table_metadata
from skillprobe_dagster.owners import OWNERS
from skillprobe_dagster.partitions import checkpoint_partitions
from skillprobe_dagster.resources import ProjectResource

from .checkpoints import reference
from .items import items
from .verdicts import verdicts

_LEVEL = 0.05


def _headline(frame: pl.DataFrame) -> Metadata:
    cells = frame.filter(pl.col("scope") == "cell")
    moved = cells.filter(pl.col("p_adjusted") <= _LEVEL)
    shown = frame.filter(pl.col("scope") != "cell").select(
        "scope", "skill", "domain", "base_accuracy", "accuracy", "change", "change_low", "change_high", "p_adjusted"
    )
    return {
        "cells_improved": moved.filter(pl.col("change") > 0).height,
        "cells_declined": moved.filter(pl.col("change") < 0).height,
        "cells_collapsed": cells.filter("collapse").height,
        "largest_drop": cells.select(pl.col("change").min()).item(),
        "change_from_base": markdown_table(shown, dict.fromkeys(shown.columns[3:], ".3f")),
    }


@dg.asset(
    description=f"{PROFILE_TESTS.about}; p-values are adjusted over the cells.",
    partitions_def=checkpoint_partitions,
    deps=[verdicts, items, reference],
    group_name="skills",
    kinds={"polars", "parquet"},
    owners=OWNERS,
    code_version=f"{PROFILE_TESTS.version}.{STAGE.code_version}",
    metadata=table_metadata(PROFILE_TESTS),
)
def profile_tests(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult[None]:
    """Test the changes from the base."""
    return materialise(context, project, STAGE, _headline)
