"""The sensor that probes each checkpoint as soon as its trainer has written it."""

import dagster as dg

from skillprobe_core.errors import StoreError, one_line
from skillprobe_core.project.watching import decode, encode, look, plan

from .assets import SUMMARIES
from .jobs import probe_checkpoint
from .partitions import checkpoint_partitions
from .resources import ProjectResource


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
    decided = plan(look(opened), known, settle_seconds=opened.settings.settle_seconds, digest=opened.digest_of)
    keys = [request.key for request in decided.requests]
    problems = "\n".join((*decided.problems, *decided.notes))
    recognised = [f"{model}: {line}" for model, line in decided.recognised.items()]
    if keys:
        for line in recognised:
            context.log.info(line)
    if keys and problems:
        context.log.warning(problems)
    return dg.SensorResult(
        dynamic_partitions_requests=[checkpoint_partitions.build_add_request(keys)] if keys else [],
        run_requests=[dg.RunRequest(request.run_key, partition_key=request.key) for request in decided.requests],
        skip_reason=None if keys else dg.SkipReason("\n".join((problems or "no new checkpoint", *recognised))),
        cursor=encode(decided.known),
    )


# Declared here to be running from the start; Dagster's own default one is stopped.
summaries = dg.AutomationConditionSensorDefinition(
    "summaries",
    target=dg.AssetSelection.assets(*SUMMARIES),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="Brings the study and the report up to date when checkpoints were probed and none is under way.",
)
