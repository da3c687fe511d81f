"""The sensor that probes each checkpoint as soon as its trainer has written it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG, PRIORITY_TAG

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SettingsError, StoreError, one_line
from skillprobe_core.models.backends import check_reachable
from skillprobe_core.project.digests_between_looks import DigestsBetweenLooks
from skillprobe_core.project.failed_attempts import FailedAttempts, failures_in, note_failure, note_success
from skillprobe_core.project.watching import decode, encode, look, plan
from skillprobe_core.runs.checkpoint import parse_key

from .assets import SUMMARIES
from .device_pools import match_pools
from .jobs import probe_checkpoint
from .late_runs import LATE_RUN, RUN_KEY, first_run, is_complete, late_runs, models_with_late_runs
from .partitions import checkpoint_partitions
from .resources import ProjectResource

_UNDER_WAY = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING,
              dg.DagsterRunStatus.STARTED]  # fmt: skip
_AHEAD = 4
"""Runs under way, at least, beyond which a later checkpoint may still come first, where the oldest does not."""

# A tick ends before a large checkpoint is read; the thread goes on in the code server's process.
_DIGESTS = DigestsBetweenLooks()


@dg.sensor(
    job=probe_checkpoint,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Finds complete checkpoints in the run folders of `skillprobe.toml` and requests each version once.",
)
def new_checkpoints(context: dg.SensorEvaluationContext, project: ProjectResource) -> dg.SensorResult:
    """Register and request what is new."""
    opened = project.open()
    try:
        known = decode(context.cursor)
    except StoreError as error:
        known = {}
        context.log.warning(one_line(error))
    unmatched = match_pools(context.instance, opened.settings.compute)
    ended = _ended_runs(context.instance)
    _count_failures(ended, opened.store)
    watch = opened.settings.watch
    oldest = all(watch.of(run).order == "oldest" for run in opened.settings.runs)
    seen = look(opened)
    decided = plan(
        seen,
        known,
        settle_seconds=opened.settings.settle_seconds,
        limit=25 if oldest else max(0, _ahead(context.instance) - _under_way(context.instance)),
        failures=_ended(failures_in(opened.store), context.instance),
        attempts=watch.attempts,
        digest=partial(_DIGESTS.digest, opened.digest_of),
    )
    keys = [request.key for request in decided.requests]
    problems = "\n".join((*unmatched, *decided.problems, *decided.notes))
    if keys:
        try:
            check_reachable(opened.settings.compute)
        except SettingsError as error:
            waiting = f"{len(keys)} checkpoint{' waits' if len(keys) == 1 else 's wait'}: {one_line(error)}"
            reasons = "\n".join(filter(None, (waiting, problems)))
            return dg.SensorResult(skip_reason=dg.SkipReason(reasons), cursor=context.cursor)
    recognised = [f"{model}: {line}" for model, line in decided.recognised.items()]
    apart = models_with_late_runs(seen, opened.settings)
    requests = [
        first_run(request.run_key, request.key, followed=parse_key(request.key)[0] in apart)
        for request in decided.requests
    ] + late_runs(context.instance, ended)
    if requests:
        for line in recognised:
            context.log.info(line)
    if requests and problems:
        context.log.warning(problems)
    return dg.SensorResult(
        dynamic_partitions_requests=[checkpoint_partitions.build_add_request(keys)] if keys else [],
        run_requests=requests,
        skip_reason=None if requests else dg.SkipReason("\n".join((problems or "no new checkpoint", *recognised))),
        cursor=encode(decided.known),
    )


def _ahead(instance: dg.DagsterInstance) -> int:
    """Runs that may be under way before the next checkpoint is chosen: twice those that may run at a time."""
    queue = instance.get_concurrency_config().run_queue_config
    return max(_AHEAD, 0 if queue is None else 2 * queue.max_concurrent_runs)


def _under_way(instance: dg.DagsterInstance) -> int:
    """Runs under way, without those of late tables, which the queue starts after all others."""
    every, late = (
        instance.get_runs_count(dg.RunsFilter(job_name=probe_checkpoint.name, statuses=_UNDER_WAY, tags=tags))
        for tags in ({}, LATE_RUN)
    )
    return every - late


def _ended(failures: Mapping[str, FailedAttempts], instance: dg.DagsterInstance) -> dict[str, FailedAttempts]:
    """The failures of checkpoints that no run is evaluating now: a run that a person started may succeed."""
    if not failures:
        return {}
    runs = instance.get_runs(dg.RunsFilter(job_name=probe_checkpoint.name, statuses=_UNDER_WAY))
    running = {run.tags.get(PARTITION_NAME_TAG) for run in runs}
    return {key: failure for key, failure in failures.items() if key not in running}


def _ended_runs(instance: dg.DagsterInstance) -> list[dg.RunRecord]:
    """The runs of the last day that have ended, in that order."""
    ended = dg.RunsFilter(
        job_name=probe_checkpoint.name,
        statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS],
        updated_after=datetime.now(UTC) - timedelta(days=1),
    )
    records = instance.get_run_records(ended, limit=200, order_by="update_timestamp")
    return sorted(records, key=_end_of)


def _count_failures(ended: Sequence[dg.RunRecord], store: Store) -> None:
    """Count the runs that failed, whatever ended them, and forget those of repaired checkpoints."""
    for record in ended:
        run, at = record.dagster_run, _end_of(record)
        key, _, version = run.tags.get(RUN_KEY, "").partition("@")
        if not version:
            continue
        if run.status == dg.DagsterRunStatus.SUCCESS:
            if is_complete(run):
                note_success(store, key, at)
        else:
            cause = f"see the run {run.run_id} in Dagster"
            note_failure(store, key, version.partition("#")[0], run.run_id, cause, at)


def _end_of(record: dg.RunRecord) -> float:
    """Seconds of the epoch."""
    return record.end_time or record.update_timestamp.timestamp()


# Declared here to be running from the start; Dagster's own default one is stopped.
summaries = dg.AutomationConditionSensorDefinition(
    "summaries",
    target=dg.AssetSelection.assets(*SUMMARIES),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    run_tags={PRIORITY_TAG: "-1"},  # checkpoints that wait are evaluated first
    description="Brings the study and the report up to date when checkpoints were probed and none is under way, every "
    "ten minutes at most.",
)
