"""Evaluation of checkpoints as they land, without Dagster: looks, plans and probes, one checkpoint per device."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from skillprobe_core.errors import CheckpointError, SettingsError, one_line
from skillprobe_core.measurements.giving_way import GaveWay, GivingWay
from skillprobe_core.measurements.profile_tests.drops_so_far import drops_in_words, drops_so_far
from skillprobe_core.models.backends import check_reachable, check_usable
from skillprobe_core.models.compute_devices import device_names
from skillprobe_core.runs.checkpoint import Checkpoint, parse_key
from skillprobe_core.runs.given_folder import local_folder
from skillprobe_core.runs.hub_ids import in_hub_cache
from skillprobe_core.runs.layouts import LAYOUTS, Layout
from skillprobe_core.runs.model_naming import model_name, model_of
from skillprobe_core.runs.places import full_path, locate
from skillprobe_core.runs.recognise_run import no_base, recognise
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.visible import visible

from .evaluation_workers import EvaluationWorkers, evaluation_workers
from .failed_attempts import FailedAttempts, attempt, count_killed, failures_in, note_failure, note_success
from .failures import own_failure
from .holdings import keeping_pinned, release_finished
from .project import Project
from .run_tables import Computed, Refused, run_tables, tables_for
from .watching import Known, Plan, Request, look, plan


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The evaluation of one checkpoint: of its behaviour, or later of the tables for which nothing waits.

    key: `MODEL/STEP`; step 0 is the base. results: what was computed or reused, per table; empty if it failed.
    seconds: how long it took. drops: the tests for drops below the base so far, in words; empty for a base.
    advice: for a base, the number type that would be faster on this machine, and how to choose it.
    error: why it failed; None if it did not. refused: the tables that its base does not allow; all others are computed.
    """

    key: str
    results: tuple[Computed, ...]
    seconds: float
    drops: str = ""
    advice: str | None = None
    error: Exception | None = None
    refused: tuple[Refused, ...] = ()
    late: bool = False

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices that rows were computed on; empty if the settings have no `devices`."""
        return tuple(dict.fromkeys(name for result in self.results for name in result.devices))

    @property
    def reused(self) -> int:
        """Number of tables whose stored rows were up to date."""
        return sum(result.reused for result in self.results)


def run_in(
    folder: Path, base: Path, *, model: str | None, method: str, layouts: Sequence[Layout] = LAYOUTS
) -> RunSettings:
    """The run of a folder that no settings file names.

    Args:
        folder: The run folder.
        base: The checkpoint that the run started from.
        model: Name of the model (default: made from the folder's name).
        method: Training method: sft, rl, ...
        layouts: The layouts to look for.

    Returns:
        The run, with absolute paths.

    Raises:
        CheckpointError: The base or the name can never be one.
    """
    folder, base = full_path(folder), full_path(in_hub_cache(base))
    local_folder(base, "the base", layouts)
    start = Checkpoint.in_folder(model or model_of(folder, layouts), 0, base, "base")
    return RunSettings(folder=folder, base=base, model=start.model, method=method)


def run_without_base(project: Project, folder: Path) -> RunSettings:
    """The run of a folder while it trains: that of the settings, else one with its default name and no base yet."""
    folder = full_path(folder)
    for run in project.settings.runs:
        if run.folder == folder:
            return run
    return RunSettings(folder=folder, base=folder, model=model_of(folder, project.layouts))


def runs_to_watch(
    folder: Path, base: Path | None, *, model: str | None, method: str, layouts: Sequence[Layout] = LAYOUTS
) -> tuple[RunSettings, ...]:
    """The runs of a folder that no settings file names: the folder itself, or the runs up to three levels below.

    Args:
        folder: A run folder, or a folder of runs.
        base: The checkpoint that they started from (default: for each the one that its files name).
        model: Name of the model (default: made from the folder's name, of several runs with one name from their paths).
        method: Training method: sft, rl, ...
        layouts: The layouts to look for.

    Returns:
        The runs, with absolute paths. A folder without any is a run that has not begun.

    Raises:
        SettingsError: The base of a run is not known, or one name is given for several runs.
        CheckpointError: The base or the name can never be one.
    """
    folder = full_path(folder)
    try:
        every = recognise(folder, layouts=layouts).runs
    except CheckpointError:
        every = ()  # it may be mounted later; looking at it gives the reason
    found = [run for run in every if any(each.checkpoint.step for each in run.candidates)]
    if not found or locate(folder, layouts) is not None:
        if base is None:
            raise SettingsError("watching a folder needs its base", remedy="add --base FOLDER_OF_THE_BASE")
        return (run_in(folder, base, model=model, method=method, layouts=layouts),)
    if model is not None and len(found) > 1:
        raise SettingsError(
            f"{folder} holds {len(found)} runs, which cannot all have the model name {model!r}",
            remedy=f"leave --model out, or name one run, for example {found[0].folder}",
        )
    names = [run.model for run in found]
    runs = []
    for run in found:
        start = base or run.base
        if start is None:
            cause = no_base(run, f"skillprobe watch {visible(folder)}")
            raise SettingsError(
                f"watching a folder needs its base: {cause.cause}", remedy=cause.remedy, path=run.folder
            )
        shared = names.count(run.model) > 1 and run.folder != folder
        name = model_name(Path("-".join(run.folder.relative_to(folder).parts))) if shared else run.model
        runs.append(run_in(run.folder, start, model=model or name, method=method, layouts=layouts))
    return tuple(runs)


def watched_project(
    project: Project,
    folder: Path | None,
    base: Path | None,
    *,
    model: str | None,
    method: str,
    choice: Mapping[str, object] = MappingProxyType({}),
) -> Project:
    """The project with the runs of a folder in place of those in its settings, unless no folder is given.

    `choice` replaces `every_steps`, `order` and `per_hour` of every run. Raises SettingsError if there is no run, and
    the errors of `runs_to_watch`.
    """
    if folder is not None:
        runs = runs_to_watch(folder, base, model=model, method=method, layouts=project.layouts)
        project = Project(project.settings.model_copy(update={"runs": runs}), project.store, project.layouts)
    if not project.settings.runs:
        raise SettingsError("no run to watch", remedy="name a folder, or add a [[runs]] section to skillprobe.toml")
    if choice:
        runs = tuple(run.model_copy(update=dict(choice)) for run in project.settings.runs)
        project = Project(project.settings.model_copy(update={"runs": runs}), project.store, project.layouts)
    return project


def dismiss_failures(project: Project) -> None:
    """Forget how often checkpoints of the project's runs failed, so that they are evaluated again."""
    models = {run.model for run in project.settings.runs}
    for key in failures_in(project.store):
        if parse_key(key)[0] in models:
            note_success(project.store, key)


def watch_runs(
    project: Project, *, once: bool, every: float, seen: Callable[[Plan], None] = lambda _: None
) -> Iterator[Evaluation]:
    """Evaluate each complete checkpoint of the project's runs once, bases first; a failure stops no other.

    Each has two evaluations. Late tables, such as spectra, come second, and only while no checkpoint waits for its
    first one: while they are computed, the folders are looked at between two matrices, and they give way.

    If the settings have several `devices`, as many checkpoints are evaluated at a time, each in a process of its own.

    Args:
        project: Its settings name the runs.
        once: True to end when everything that is there was evaluated; otherwise it goes on until it is stopped.
        every: Seconds between two looks at the folders.
        seen: Called after each look, with what it found.

    Yields:
        Each evaluation as soon as it has ended, failed ones as well.

    Raises:
        SettingsError: The device or the backend of the settings cannot be used on this machine.
    """
    check_usable(project.settings.compute)
    count = len(device_names(project.settings.compute))
    if count > 1:
        with evaluation_workers(project, count) as workers:
            yield from _watch_with(workers, project, once=once, every=every, seen=seen)
        return
    known: Mapping[str, Known] = {}
    refusals: dict[str, FailedAttempts] = {}
    lost: list[str] = []
    late: dict[str, Request] = {}
    # With another order than the oldest first, each look may bring one that comes before all others.
    ordered = any(project.settings.watch.of(run).order != "oldest" for run in project.settings.runs)
    way = GivingWay(_now_and_then(lambda: bool(_planned(project, known, limit=1, once=once).requests), every))
    while True:
        count_killed(project.store)
        planned = _planned(project, known, limit=1 if ordered else 25, once=once, refusals=refusals)
        known = planned.known
        seen(replace(planned, notes=(*planned.notes, *lost)))
        with keeping_pinned(project, every) as lost:
            for request in planned.requests:
                late.pop(request.key, None)
                done = _attempted(project, request)
                _note_refusal(refusals, request, done)
                if done.error is None:
                    late[request.key] = request
                yield done
            if late and not planned.requests:
                key = next(iter(late))
                try:
                    done = _attempted(project, late[key], way)
                except GaveWay:
                    continue
                way.kept.clear()
                del late[key]
                yield done
                continue
        if not planned.requests:
            if once:
                release_finished(project)
                return
            time.sleep(every)


def _watch_with(
    workers: EvaluationWorkers, project: Project, *, once: bool, every: float, seen: Callable[[Plan], None]
) -> Iterator[Evaluation]:
    """Do what `watch_runs` does with a checkpoint per worker; the runs are looked at whenever one is free.

    Late tables do not give way here: while checkpoints may come, one worker is kept for them.
    """
    known: Mapping[str, Known] = {}
    refusals: dict[str, FailedAttempts] = {}
    late: dict[str, Request] = {}
    with keeping_pinned(project, every) as lost:
        while True:
            count_killed(project.store)
            limit = workers.count - workers.running
            planned = _planned(project, known, limit=limit, once=once, refusals=refusals)
            known = planned.known
            seen(replace(planned, notes=(*planned.notes, *lost)))
            for request in planned.requests:
                late.pop(request.key, None)
                workers.begin(partial(_attempted_by, project, request, late=False))
            while late and not planned.requests and workers.running < workers.count - (not once):
                workers.begin(partial(_attempted_by, project, late.pop(next(iter(late))), late=True))
            if not workers.running:
                if once:
                    break
                time.sleep(every)
            for request, done in workers.ended(every):
                _note_refusal(refusals, request, done)
                if done.error is None and not done.late:
                    late[request.key] = request
                yield done
    release_finished(project)


def _planned(
    project: Project,
    known: Mapping[str, Known],
    *,
    limit: int,
    once: bool,
    refusals: Mapping[str, FailedAttempts] = MappingProxyType({}),
) -> Plan:
    """The next requests; none while the device or the server of the settings cannot be used, which is a problem."""
    planned = plan(
        look(project),
        known,
        settle_seconds=project.settings.settle_seconds,
        limit=limit,
        once=once,
        failures={**failures_in(project.store), **refusals},
        attempts=project.settings.watch.attempts,
        digest=project.digest_of,
    )
    if not planned.requests:
        return planned
    try:
        check_reachable(project.settings.compute)
    except SettingsError as error:
        if once:
            raise
        return replace(planned, requests=(), known=known, problems=(*planned.problems, one_line(error)))
    return planned


def _note_refusal(refusals: dict[str, FailedAttempts], request: Request, done: Evaluation) -> None:
    """Keep the attempts that failed by settings or a server: they are repeated, but those of another command are not.

    Args:
        refusals: The attempts by `MODEL/STEP`, which are changed.
        request: The request.
        done: Its evaluation.
    """
    earlier = refusals.pop(request.key, None)
    if isinstance(done.error, SettingsError):
        before = earlier.attempts if earlier is not None and earlier.version == request.version else ()
        cause = one_line(done.error)[:300]
        refusals[request.key] = FailedAttempts(request.version, (*before, str(len(before))), time.time(), cause)


def _now_and_then(waits: Callable[[], bool], every: float) -> Callable[[], bool]:
    """The same function, called at most once in so many seconds; false in between."""
    last = time.monotonic()

    def answer() -> bool:
        nonlocal last
        if time.monotonic() - last < every:
            return False
        found = waits()
        last = time.monotonic()
        return found

    return answer


def _attempted(project: Project, request: Request, late: GivingWay | None = None) -> Evaluation:
    """Evaluate a checkpoint and count it if it fails; its late tables if `late` is given, which may raise GaveWay."""
    return _counted(project, request, lambda: _evaluate(project, request.key, late))


def _attempted_by(
    project: Project, request: Request, evaluated: Callable[..., Evaluation], *, late: bool
) -> tuple[Request, Evaluation]:
    """Have a worker do the same; late tables do not give way."""
    return request, _counted(project, request, lambda: evaluated(request.key, late=late))


def _counted(project: Project, request: Request, evaluated: Callable[[], Evaluation]) -> Evaluation:
    with attempt(project.store, request.key, request.version) as name:
        done = evaluated()
        if done.error is None and done.late:
            note_success(project.store, request.key)
        elif done.error is not None and not isinstance(done.error, SettingsError):
            note_failure(project.store, request.key, request.version, name, one_line(done.error)[:300])
    return done


def evaluate(project: Project, key: str, *, late: bool = False) -> Evaluation:
    """Evaluate one checkpoint in a worker: its late tables, or the others; a failure is its result."""
    return _evaluate(project, key, GivingWay(lambda: False) if late else None)


def _evaluate(project: Project, key: str, late: GivingWay | None) -> Evaluation:
    started = time.monotonic()
    try:
        probe = replace(project.probe(key), gives_way=late)
        now = [table for table in tables_for(probe) if table.late == (late is not None)]
        refused: list[Refused] = []
        results = tuple(run_tables(probe, now, refused=refused))
        if late is not None:
            return Evaluation(key, results, time.monotonic() - started, refused=tuple(refused), late=True)
        advice = probe.faster_here() if probe.is_base else None
        drops = ""
        if not probe.is_base:
            with own_failure(project.store, probe.checkpoint, "drops"):
                model, step = probe.checkpoint.model, probe.checkpoint.step
                drops = drops_in_words(drops_so_far(project.store, probe.protocol.digest, model, step, probe.items))
    except Exception as error:  # one checkpoint's failure is its own
        return Evaluation(key, (), time.monotonic() - started, error=error, late=late is not None)
    return Evaluation(key, results, time.monotonic() - started, drops, advice, refused=tuple(refused))
