"""Decides what to probe next, from what the run folders show now and what was requested before.

`look` reads the folders, `plan` decides. Whoever watches (a Dagster sensor, `skillprobe watch`) keeps the
decision's `known` and hands it in again the next time. Nothing that one run holds stops another.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from types import MappingProxyType

from skillprobe_core.errors import StoreError, one_line
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.discovery import Candidate, judge
from skillprobe_core.runs.identity import identity
from skillprobe_core.runs.layouts import Layout
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.nested_runs import runs_in
from skillprobe_core.runs.places import checkpoint_of
from skillprobe_core.runs.run_description import nothing_found, summary, unreadable_line
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.runs.step_choice import StepChoice, every_nth, in_order
from skillprobe_core.runs.trainer_states import mixed_trainings, step_conflict

from .base_waiting import waits_for_template
from .failed_attempts import FailedAttempts
from .holdings import evaluated_before, keep_pinned
from .project import Project

_MISSING = "missing"
_FIRST_FIELDS = {(str, str, str, int, str, float), (str, str, str, int, str, int)}  # JSON may have 0 for 0.0
_MORE_FIELDS = {(), (float, int), (int, int)}  # earlier cursors end before them
_HOUR = 3600.0
_RETRY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Known:
    """Knowledge about one checkpoint.

    fingerprint: of its files when they were last digested; empty when they never were.
    digest: 16 hexadecimal digits of its identity; empty when its files cannot be digested.
    requested: the version that was last requested; empty when none was.
    times: how often it was requested.
    waiting: fingerprint of incomplete files, and `since` when (seconds of the epoch) they have been so.
    begun: when it was last requested, if that counts for the run's limit per hour (seconds of the epoch; else 0).
    failed: number of failed attempts of that version when it was last requested.
    """

    fingerprint: str = ""
    digest: str = ""
    requested: str = ""
    times: int = 0
    waiting: str = ""
    since: float = 0.0
    begun: float = 0.0
    failed: int = 0


class StillReading(Exception):
    """A checkpoint's bytes are being read; a later look has its digest."""


@dataclass(frozen=True, slots=True)
class RunSeen:
    """One run as its folders show it.

    base: None when the base's folder is missing, empty or unreadable.
    problem: why the run, or all of its checkpoints, cannot be read. nothing: what was looked for in vain, in a folder
    without checkpoints, or which of its checkpoints cannot be read. recognised: what the folder holds, on one line.
    warnings: what rotation or rewriting can take or took. choice: which checkpoints are evaluated, and when. evaluated:
    the steps that were evaluated before as they are now.
    """

    model: str
    base: Candidate | None
    checkpoints: tuple[Candidate, ...]
    problem: str | None = None
    nothing: str | None = None
    recognised: str | None = None
    warnings: tuple[str, ...] = ()
    choice: StepChoice = field(default_factory=StepChoice)
    evaluated: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Request:
    """One version (`CHECKPOINT.BASE`, 16 hexadecimal digits each) of a checkpoint that is to be probed."""

    key: str
    version: str
    repeated: int = 0

    @property
    def run_key(self) -> str:
        """`KEY@VERSION`, with a count when the checkpoint was requested before: a version may come back."""
        return f"{self.key}@{self.version}" + (f"#{self.repeated + 1}" if self.repeated else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests in order, the knowledge afterwards, and what keeps runs or checkpoints out (one line each).

    problems: runs that cannot be read. notes: run folders without a checkpoint, and incomplete checkpoints.
    recognised: what each run folder holds, by model.
    """

    requests: tuple[Request, ...]
    known: Mapping[str, Known]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()
    recognised: Mapping[str, str] = field(default_factory=dict)


def look(project: Project) -> list[RunSeen]:
    """Every configured run as it is now. A run that cannot be read, whatever the cause, is only its own `problem`."""
    seen = []
    for run in project.settings.runs:
        try:
            seen.append(_look(project, run))
        except Exception as error:
            text = one_line(error)
            seen.append(RunSeen(run.model, None, (), text if str(run.folder) in text else f"{run.folder}: {text}"))
    return seen


def plan(
    seen: Iterable[RunSeen],
    known: Mapping[str, Known],
    *,
    settle_seconds: float,
    limit: int = 25,
    seconds: float = 20.0,
    once: bool = False,
    failures: Mapping[str, FailedAttempts] = MappingProxyType({}),
    attempts: int = 3,
    digest: Callable[[ModelFiles], str] = lambda files: identity(files).digest[:16],
    now: Callable[[], float] = time.time,
) -> Plan:
    """Decide which checkpoints to probe now: at most `limit`, each version once, a model's base before its other steps.

    Of a run without any checkpoint nothing is probed, not even its base; one that is still being written is enough
    for a base with a chat template (see `waits_for_template`). A checkpoint is taken when it is complete, or when it is
    not but was seen unchanged for `settle_seconds`: its probe then fails with the reason. One that is still being
    written is left alone, and so are the steps of a model whose base cannot be digested. With `once` no look
    follows: a settled checkpoint, a damaged one and a missing base are taken now, and `notes` name what is left out.
    Only checkpoints whose fingerprint is new are digested, and after `seconds` of that the rest waits for the next
    call; so does a checkpoint whose `digest` raises StillReading. Nothing that vanished is forgotten.

    Of each run the steps of its `choice` are taken, in its order, and at most `per_hour` of them within an hour; those
    evaluated before do not count. A version whose evaluation failed (`failures`, by key) is requested again after a
    minute, which doubles with each failure, until it has failed `attempts` times; `notes` name it.
    """
    watched = _Watched(dict(known), settle_seconds, limit, now() + seconds, once, failures, attempts, digest, now)
    problems = []
    recognised = {}
    for run in seen:
        if run.recognised is not None:
            recognised[run.model] = run.recognised
        if run.problem is not None:
            problems.append(run.problem)
        if run.nothing is not None:
            watched.notes.append(run.nothing)
        watched.notes.extend(run.warnings)
        if not run.checkpoints:
            continue
        base_digest = watched.request_base(run)
        if base_digest:
            watched.request_steps(run, base_digest)
    return Plan(tuple(watched.requests), watched.known, tuple(problems), tuple(watched.notes), recognised)


def encode(known: Mapping[str, Known]) -> str:
    """`known` as compact JSON."""
    return json.dumps({key: astuple(value) for key, value in sorted(known.items())}, separators=(",", ":"))


def decode(text: str | None) -> dict[str, Known]:
    """Read what `encode` wrote; empty if there is no text. Raises StoreError for any other text."""
    if not text:
        return {}
    try:
        entries = json.loads(text).items()
        wrong = [key for key, value in entries if not isinstance(value, list) or not _fits(tuple(map(type, value)))]
    except (AttributeError, RecursionError, TypeError, ValueError) as error:
        entries, wrong = {}, [one_line(error)]
    if wrong:
        raise StoreError(
            f"the cursor is damaged or from another version ({wrong[0][:80]})",
            remedy="nothing to do: it is replaced, and checkpoints that were evaluated before are reused",
        )
    return {key: Known(*value) for key, value in entries}


def _fits(types: tuple[type, ...]) -> bool:
    return types[:6] in _FIRST_FIELDS and types[6:] in _MORE_FIELDS


@dataclass
class _Watched:
    """The state of one `plan`."""

    known: dict[str, Known]
    settle_seconds: float
    limit: int
    deadline: float
    once: bool
    failures: Mapping[str, FailedAttempts]
    attempts: int
    digest: Callable[[ModelFiles], str]
    now: Callable[[], float]
    requests: list[Request] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def request_base(self, run: RunSeen) -> str:
        """Request a run's base when it is new; returns its digest, empty while the model's steps must wait."""
        key = f"{run.model}/0"
        if run.base is None or not run.base.files:
            if key not in self.known or not self.known[key].digest:
                current = self._broken(key, _MISSING)
                if current is not None:
                    self._ask(key, current, f"{_MISSING}.{_MISSING}")
            return self.known[key].digest if key in self.known else ""
        current = self._current(run.base)
        if current is None:
            return ""
        own = current.digest or current.fingerprint
        self._ask(key, current, f"{own}.{own}")
        return current.digest

    def request_steps(self, run: RunSeen, base_digest: str) -> None:
        """Request the chosen checkpoints of a run whose version, of their own files or the base's, is new."""
        by_step = {each.checkpoint.step: each for each in run.checkpoints}
        requested = {step for step in by_step if self.known.get(f"{run.model}/{step}", Known()).requested}
        pinned = {step for step, each in by_step.items() if each.checkpoint.files.pinned is not None}
        taken = requested | run.evaluated
        chosen = every_nth(by_step, taken | pinned, run.choice.every_steps)
        left = self._left_this_hour(run)
        waiting = 0
        for step in in_order(chosen, taken, run.choice.order):
            candidate, free = by_step[step], step in run.evaluated
            if left <= 0 and not free:
                waiting += step not in requested
                continue
            current = self._current(candidate)
            if current is None:
                continue
            version = f"{current.digest or current.fingerprint}.{base_digest}"
            if self._ask(candidate.checkpoint.key, current, version, counts=run.choice.per_hour > 0 and not free):
                left -= not free
        if waiting:
            self.notes.append(f"{run.model}: {waiting} checkpoints wait, since per_hour = {run.choice.per_hour}")

    def _left_this_hour(self, run: RunSeen) -> float:
        """Number of checkpoints of a run that may be begun now."""
        if not run.choice.per_hour:
            return float("inf")
        since = self.now() - _HOUR
        begun = (each.begun > since for key, each in self.known.items() if key.startswith(f"{run.model}/"))
        return run.choice.per_hour - sum(begun)

    def _ask(self, key: str, current: Known, version: str, *, counts: bool = False) -> bool:
        """Request a version that is new, or that failed and is to be tried again; returns True if it did."""
        failure = self.failures.get(key)
        failed = 0 if failure is None or failure.version != version else failure.count
        new = version != current.requested
        again = failure is not None and failed > current.failed and not self.once
        if failure is not None and failed:
            given_up = failed >= self.attempts
            if given_up or not self.once:
                self.notes.append(_failed_note(key, failure, self.attempts))
            if given_up:
                new = again = False
                current = replace(current, requested=version)
            elif again:
                again = self.now() - failure.at >= _RETRY_SECONDS * 2 ** (failed - 1)
        if new or again:
            if len(self.requests) == self.limit:
                return False
            self.requests.append(Request(key, version, current.times))
            begun = self.now() if counts else 0.0
            current = replace(current, requested=version, times=current.times + 1, begun=begun, failed=failed)
        self.known[key] = current
        return new or again

    def _current(self, candidate: Candidate) -> Known | None:
        """Knowledge about a checkpoint's current files; None while it has to wait."""
        key, fingerprint = candidate.checkpoint.key, candidate.fingerprint
        before = self.known.get(key, Known())
        if before.fingerprint == fingerprint:
            return replace(before, waiting="", since=0.0)
        if self.once and not (candidate.ready or candidate.settled or candidate.damaged):
            self.notes.append(f"{key} is left out, it is not complete: {candidate.waiting_for}")
            return None
        unknown = not candidate.files and not candidate.damaged
        if candidate.writing or unknown or len(self.requests) == self.limit or self.now() > self.deadline:
            return None
        if not candidate.ready and self._broken(key, fingerprint) is None:
            return None
        return self._read(key, candidate, before)

    def _read(self, key: str, candidate: Candidate, before: Known) -> Known | None:
        fingerprint = candidate.fingerprint
        try:
            digest = self.digest(candidate.checkpoint.files)
        except StillReading:
            self.notes.append(f"{key}: its files are being read")
            self.deadline = float("-inf")  # one checkpoint is read at a time
            return None
        except Exception:  # whatever its files raise: its probe fails with the reason, and the others go on
            return self._broken(key, fingerprint)
        return replace(before, fingerprint=fingerprint, digest=digest, waiting="", since=0.0)

    def _broken(self, key: str, fingerprint: str) -> Known | None:
        """Knowledge about unusable files, once they have been so for long enough; None before."""
        before = self.known.get(key, Known())
        if before.waiting != fingerprint:
            before = self.known[key] = replace(before, waiting=fingerprint, since=self.now())
        if not self.once and self.now() - before.since < self.settle_seconds:
            return None
        return replace(before, fingerprint=fingerprint, digest="", waiting="", since=0.0)


def _failed_note(key: str, failure: FailedAttempts, attempts: int) -> str:
    if failure.count < attempts:
        return f"{key} failed in {failure.count} of {attempts} attempts and is evaluated again: {failure.cause}"
    return (
        f"{key} failed in {failure.count} attempts and is left out until its files change: {failure.cause}. "
        "Remedy: correct the cause, then run `skillprobe watch --retry`"
    )


def _look(project: Project, run: RunSettings) -> RunSeen:
    base = project.base_of(run)  # raises for a name that cannot be a model's, whatever the folder holds
    there = project.found(run)
    try:
        warnings = tuple(keep_pinned(project, run, there))
    except OSError as error:  # of the scratch folder, without which everything else goes on
        warnings = (f"{run.folder}: checkpoints cannot be pinned: {one_line(error)}",)
    found = project.usable(run, there)
    steps = tuple(candidate for candidate in found if candidate.checkpoint.step > 0)
    if not steps:
        return RunSeen(run.model, None, (), nothing=_nothing(project, run, alone=bool(found)))
    warnings += tuple(_doubts(steps))
    recognised = f"{run.folder}: {summary(steps)}; base {run.base}"
    readable = tuple(candidate for candidate in steps if candidate.conversion is None)
    problem, nothing = None, None
    if unreadable := [candidate for candidate in steps if candidate.unreadable]:
        line = unreadable_line(unreadable[-1], run.base)
        text = f"{run.folder}: {len(unreadable)} of {len(steps)} checkpoints are left out; {line}"
        problem, nothing = (None, text) if readable else (text, None)
    if readable and waits_for_template(project, base, readable):
        text = f"{run.folder}: the base has no chat template and waits for that of its first complete checkpoint"
        if reason := readable[0].waiting_for:
            text = f"{text}; step {readable[0].checkpoint.step}: {reason}"
        return RunSeen(
            run.model, None, (), problem, text if nothing is None else f"{nothing}; {text}", recognised, warnings
        )
    base_seen = _base(base, project.settings.settle_seconds, project.layouts)
    choice = project.settings.watch.of(run)
    every = () if choice == StepChoice() else readable
    evaluated = frozenset(each.checkpoint.step for each in every if evaluated_before(project, each))
    return RunSeen(run.model, base_seen, readable, problem, nothing, recognised, warnings, choice, evaluated)


def _doubts(steps: Sequence[Candidate]) -> Iterator[str]:
    """Contradictions in what the trainer states about checkpoints that are evaluated all the same."""
    for each in steps:
        if each.settled and not each.ready and (line := step_conflict(each.checkpoint)):
            yield line
    if line := mixed_trainings([each.checkpoint for each in steps if each.ready and not each.checkpoint.files.pinned]):
        yield line


def _nothing(project: Project, run: RunSettings, *, alone: bool) -> str:
    """One line about a run folder without steps; `alone` is true of one that is a model itself."""
    if alone:
        return (
            f"{run.folder}: holds a model without a step, which is not evaluated. "
            f"Remedy: skillprobe probe {run.folder} --base {run.base} --step N"
        )
    below = [each.folder for each in runs_in(run.folder, project.layouts) if any(found.step for found in each.found)]
    if below:
        return (
            f"{run.folder}: holds runs ({len(below)}) and is not one, so nothing is evaluated. Remedy: name each "
            f"in a [[runs]] section, for example with `skillprobe init {below[0]} --base {run.base}`"
        )
    return f"{run.folder}: {nothing_found(run.folder, project.layouts)}"


def _base(base: Checkpoint, settle_seconds: float, layouts: Sequence[Layout]) -> Candidate | None:
    try:
        return judge(checkpoint_of(base.path, layouts), base, settle_seconds)
    except Exception:  # its probe fails with the reason
        return None
