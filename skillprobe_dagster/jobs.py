"""The job that the sensor requests."""

import dagster as dg

from .assets import ASSETS

probe_checkpoint = dg.define_asset_job(
    "probe_checkpoint",
    selection=dg.AssetSelection.assets(*ASSETS),
    description="Evaluate one checkpoint: all tables, and the checks on them.",
    executor_def=dg.in_process_executor,
)
