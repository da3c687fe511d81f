"""The checks that tables declare, as asset checks: warnings to look at before trusting the results."""

import warnings

import dagster as dg

from skillprobe_core.engine.presentation import Check
from skillprobe_core.engine.table import Table
from skillprobe_core.measurements.table_registry import all_tables

from .materialise import clear_failure
from .metadata import shown_metadata
from .partitions import checkpoint_partitions
from .resources import ProjectResource

# Check results per checkpoint need partitioned checks, which Dagster marks as a preview with a warning at each load.
warnings.filterwarnings(
    "ignore", message="Specifying a partitions_def on an AssetCheckSpec", category=dg.PreviewWarning
)


def check_of(table: Table, check: Check) -> dg.AssetChecksDefinition:
    """The asset check of a check that a checkpoint's table declares."""

    @dg.asset_check(
        name=check.name, asset=table.asset_name, partitions_def=checkpoint_partitions, description=check.about
    )
    def table_check(context: dg.AssetCheckExecutionContext, project: ProjectResource) -> dg.AssetCheckResult:
        run = context.op_execution_context.run
        with clear_failure():
            probe = project.probe(run.run_id, context.op_execution_context.partition_key)
            found = check.find(probe, probe.stored(table))
        return dg.AssetCheckResult(
            passed=found.passed,
            severity=dg.AssetCheckSeverity.ERROR if check.error else dg.AssetCheckSeverity.WARN,
            description=found.text,
            metadata=shown_metadata(found.details),
        )

    return table_check


CHECKS = tuple(check_of(table, check) for table in all_tables() for check in table.checks)
