"""The job of a checkpoint selects every asset of a checkpoint and no summary."""

from skillprobe_core.measurements.table_registry import tables_of_checkpoints
from skillprobe_dagster.assets import SUMMARIES
from skillprobe_dagster.definitions import defs
from skillprobe_dagster.jobs import probe_checkpoint


def test_it_materialises_the_tables_of_a_checkpoint_and_what_they_depend_on() -> None:
    job = defs.resolve_job_def(probe_checkpoint.name)
    selected = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert {table.asset_name for table in tables_of_checkpoints()} <= selected
    assert {"items", "base", "previous"} <= selected
    assert not selected & {asset.key.to_user_string() for asset in SUMMARIES}


def test_it_runs_for_one_checkpoint() -> None:
    partitions = defs.resolve_job_def(probe_checkpoint.name).partitions_def
    assert partitions is not None
    assert getattr(partitions, "name", None) == "checkpoint"
