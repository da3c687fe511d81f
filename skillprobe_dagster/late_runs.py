"""Runs of the tables for which nothing waits: spectra of large models come in a Dagster run of their own.

The first run of a checkpoint leaves them out and ends sooner. They are requested once it has succeeded, behind all
checkpoints that wait; a limit on their tag in dagster.yaml keeps a slot of the queue for the next checkpoint.
"""

from collections.abc import Iterable, Sequence

import dagster as dg
from dagster._core.storage.tags import MAX_RETRIES_TAG, PARTITION_NAME_TAG, PRIORITY_TAG

from skillprobe_core.project.settings import Settings
from skillprobe_core.project.watching import RunSeen

from .assets import ASSETS, LATE
from .partitions import checkpoint_partitions

RUN_KEY = "dagster/run_key"
LATE_TAG = "skillprobe/late"
FOLLOWS, LATE_RUN = {LATE_TAG: "follows"}, {LATE_TAG: "true"}
"""Tags of a run that leaves the late tables out, and of the run that computes them once the first one succeeded."""

EARLY: Sequence[dg.AssetKey] = [key for each in ASSETS for key in each.keys if key not in LATE]
"""The assets of the first run."""

_LARGE = 500_000_000
"""Bytes of a base from which its spectra take longer than another process takes to start."""


def models_with_late_runs(seen: Iterable[RunSeen], settings: Settings) -> set[str]:
    """Names of the models whose late tables are worth a run of their own."""
    if settings.parameters.spectra == "off":
        return set()
    return {run.model for run in seen if run.base is not None and sum(file.size for file in run.base.files) >= _LARGE}


def first_run(run_key: str, key: str, *, followed: bool) -> dg.RunRequest:
    """The request of a checkpoint's first run.

    Args:
        run_key: Key of the request.
        key: Partition key of the checkpoint.
        followed: Leave the late tables to a run that follows.
    """
    # A run that was killed is requested again by the sensor, within the limit of [watch], and by nothing else.
    tags = {MAX_RETRIES_TAG: "0"}
    if not followed:
        return dg.RunRequest(run_key, partition_key=key, tags=tags)
    return dg.RunRequest(run_key, partition_key=key, asset_selection=EARLY, tags={**tags, **FOLLOWS})


def is_complete(run: dg.DagsterRun) -> bool:
    """True of a run after whose success no table of its checkpoint is left to compute."""
    return run.tags.get(LATE_TAG) != FOLLOWS[LATE_TAG]


def late_runs(instance: dg.DagsterInstance, ended: Sequence[dg.RunRecord]) -> list[dg.RunRequest]:
    """A request of the late tables for each run that succeeded without them, unless it was made before.

    Args:
        instance: Dagster's instance.
        ended: The runs that have ended.
    """
    runs = [record.dagster_run for record in ended]
    first = {
        f"{run.tags[RUN_KEY]}#late": run.tags.get(PARTITION_NAME_TAG)
        for run in runs
        if run.status == dg.DagsterRunStatus.SUCCESS and not is_complete(run) and RUN_KEY in run.tags
    }
    if not first:
        return []
    requested = {run.tags[RUN_KEY] for run in instance.get_runs(dg.RunsFilter(tags={RUN_KEY: list(first)}))}
    known = set(instance.get_dynamic_partitions(checkpoint_partitions.name or ""))  # a model may have been removed
    tags = {MAX_RETRIES_TAG: "0", PRIORITY_TAG: "-2", **LATE_RUN}  # behind the summaries
    return [
        dg.RunRequest(run_key, partition_key=key, asset_selection=LATE, tags=tags)
        for run_key, key in first.items()
        if key in known and run_key not in requested
    ]
