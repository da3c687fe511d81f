"""Decides what to probe next, from what the run folders show now and what was requested before.

`look` reads the folders, `plan` decides. Whoever watches (a Dagster sensor, `skillprobe watch`) keeps the
decision's `known` and hands it in again the next time. Nothing that one run holds stops another.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace

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

from .base_waiting import waits_for_template
from .holdings import keep_pinned
from .project import Project

_MISSING = "missing"
_FIELDS = {(str, str, str, int, str, float), (str, str, str, int, str, int)}  # JSON may have 0 for 0.0


@dataclass(frozen=True, slots=True)
class Known:
    """Knowledge about one checkpoint.

    fingerprint: of its files when they were last digested; empty when they never were.
    digest: 16 hexadecimal digits of its identity; empty when its files cannot be digested.
    requested: the version that was last requested; empty when none was.
    times: how often it was requested.
    waiting: fingerprint of incomplete files, and `since` when (seconds of the epoch) they have been so.
    """

    fingerprint: str = ""
    digest: str = ""
    requested: str = ""
    times: int = 0
    waiting: str = ""
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class RunSeen:
    """One run as its folders show it.

    base: None when the base's folder is missing, empty or unreadable.
    problem: why the run, or all of its checkpoints, cannot be read. nothing: what was looked for in vain, in a folder
    without checkpoints, or which of its checkpoints cannot be read. recognised: what the folder holds, on one line.
    warnings: what rotation or rewriting can take or took.
    """

    model: str
    base: Candidate | None
    checkpoints: tuple[Candidate, ...]
    problem: str | None = None
    nothing: str | None = None
    recognised: str | None = None
    warnings: tuple[str, ...] = ()


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
    digest: Callable[[ModelFiles], str] = lambda files: identity(files).digest[:16],
    now: Callable[[], float] = time.time,
) -> Plan:
    """Decide which checkpoints to probe now: at most `limit`, each version once, a model's base before its other steps.

    Of a run without any checkpoint nothing is probed, not even its base; one that is still being written is enough
    for a base with a chat template (see `waits_for_template`). A checkpoint is taken when it is complete, or when it is
    not but was seen unchanged for
    `settle_seconds`: its probe then fails with the reason. One that is still being written is left alone, and so are
    the steps of a model whose base cannot be digested. With `once` there is no later look: a settled checkpoint and a
    missing base are taken now, and `notes` name what is left out. Only checkpoints whose fingerprint is new are
    digested, and after `seconds` of that the rest waits for the next call. Nothing that vanished is forgotten.
    """
    watched = _Watched(dict(known), settle_seconds, limit, now() + seconds, once, digest, now)
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
            for candidate in run.checkpoints:
                watched.request(candidate, base_digest)
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
        wrong = [key for key, value in entries if tuple(map(type, value)) not in _FIELDS or not isinstance(value, list)]
    except (AttributeError, RecursionError, TypeError, ValueError) as error:
        entries, wrong = {}, [one_line(error)]
    if wrong:
        raise StoreError(
            f"the cursor is damaged or from another version ({wrong[0][:80]})",
            remedy="nothing to do: it is replaced, and checkpoints that were evaluated before are reused",
        )
    return {key: Known(*value) for key, value in entries}


@dataclass
class _Watched:
    """The state of one `plan`."""

    known: dict[str, Known]
    settle_seconds: float
    limit: int
    deadline: float
    once: bool
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

    def request(self, candidate: Candidate, base_digest: str) -> None:
        """Request a checkpoint when this version of it and its base is new."""
        current = self._current(candidate)
        if current is not None:
            self._ask(candidate.checkpoint.key, current, f"{current.digest or current.fingerprint}.{base_digest}")

    def _ask(self, key: str, current: Known, version: str) -> None:
        if version != current.requested:
            if len(self.requests) == self.limit:
                return
            self.requests.append(Request(key, version, current.times))
            current = replace(current, requested=version, times=current.times + 1)
        self.known[key] = current

    def _current(self, candidate: Candidate) -> Known | None:
        """Knowledge about a checkpoint's current files; None while it has to wait."""
        key, fingerprint = candidate.checkpoint.key, candidate.fingerprint
        before = self.known.get(key, Known())
        if before.fingerprint == fingerprint:
            return replace(before, waiting="", since=0.0)
        if self.once and not (candidate.ready or candidate.settled):
            self.notes.append(f"{key} is left out, it is not complete: {candidate.waiting_for}")
            return None
        if candidate.writing or not candidate.files or len(self.requests) == self.limit or self.now() > self.deadline:
            return None
        if not candidate.ready and self._broken(key, fingerprint) is None:
            return None
        try:
            digest = self.digest(candidate.checkpoint.files)
        except Exception:  # whatever its files raise: its probe fails with the reason, and the others go on
            return self._broken(key, fingerprint)
        return Known(fingerprint, digest, before.requested, before.times)

    def _broken(self, key: str, fingerprint: str) -> Known | None:
        """Knowledge about unusable files, once they have been so for long enough; None before."""
        before = self.known.get(key, Known())
        if before.waiting != fingerprint:
            before = self.known[key] = replace(before, waiting=fingerprint, since=self.now())
        if not self.once and self.now() - before.since < self.settle_seconds:
            return None
        return Known(fingerprint, "", before.requested, before.times)


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
    recognised = f"{run.folder}: {summary(steps)}; base {run.base}"
    readable = tuple(candidate for candidate in steps if candidate.conversion is None)
    problem, nothing = None, None
    if unreadable := [candidate for candidate in steps if candidate.unreadable]:
        line = unreadable_line(unreadable[-1], run.base)
        text = f"{run.folder}: {len(unreadable)} of {len(steps)} checkpoints are left out; {line}"
        problem, nothing = (None, text) if readable else (text, None)
    if readable and waits_for_template(project, base, readable):
        text = f"{run.folder}: the base has no chat template and waits for that of its first complete checkpoint"
        return RunSeen(
            run.model, None, (), problem, text if nothing is None else f"{nothing}; {text}", recognised, warnings
        )
    base_seen = _base(base, project.settings.settle_seconds, project.layouts)
    return RunSeen(run.model, base_seen, readable, problem, nothing, recognised, warnings)


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
