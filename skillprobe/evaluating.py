"""Evaluation of checkpoints: one, or those of a run as they land."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from skillprobe_core.engine.store_errors import writing
from skillprobe_core.errors import SettingsError
from skillprobe_core.home import home as home_of
from skillprobe_core.models.backends import check_usable
from skillprobe_core.project.dry_run import dry_run as forecast
from skillprobe_core.project.given_checkpoint import probe_of_folders, with_options
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import Computed, Refused, refused_in_words, run_tables
from skillprobe_core.project.watch_runs import watch_runs, watched_project

if TYPE_CHECKING:
    from skillprobe_core.project.watch_runs import Evaluation as CoreEvaluation
    from skillprobe_core.project.watching import Plan

_LOG = logging.getLogger("skillprobe")


@dataclass(frozen=True, slots=True)
class TableResult:
    """The result of one table for one checkpoint.

    Attributes:
        table: Name of the table.
        model: Name of the model.
        step: Training step of the checkpoint; 0 is the base.
        reused: True if the store held its rows. In a dry run, True if it holds them.
        rows: Number of stored rows; None for rows that a dry run leaves out.
        seconds: Time that it took; 0 in a dry run.
        reason: Why it would be reused or computed; only in a dry run.
    """

    table: str
    model: str
    step: int
    reused: bool
    rows: int | None
    seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The evaluation of one checkpoint.

    Attributes:
        model: Name of the model.
        step: Training step of the checkpoint; 0 is the base.
        protocol: Digest of the protocol, for `skillprobe.open(protocol=...)`; empty in a dry run if a pilot on the base
            has to choose the items first.
        items: Number of items; 0 in that case.
        tables: The result of every table, in the order of computation, the base's before the checkpoint's.
        dry_run: True if nothing was computed.
        refused: Tables that were not computed since the base does not allow the comparison, one line per cause.
    """

    model: str
    step: int
    protocol: str
    items: int
    tables: tuple[TableResult, ...]
    dry_run: bool = False
    refused: tuple[str, ...] = ()

    @property
    def computed(self) -> tuple[TableResult, ...]:
        """The tables that were computed, or would be."""
        return tuple(table for table in self.tables if not table.reused)

    @property
    def reused(self) -> tuple[TableResult, ...]:
        """The tables whose stored rows were up to date."""
        return tuple(table for table in self.tables if table.reused)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The evaluation of one checkpoint of a watched run.

    Attributes:
        model: Name of the model.
        step: Training step of the checkpoint; 0 is the base.
        tables: The result of every table; empty if the evaluation failed.
        seconds: Time that it took.
        drops: The tests for drops below the base so far, in words; empty for a base.
        error: Why it failed; None if it did not. Other checkpoints are evaluated all the same.
        refused: Tables that were not computed since the base does not allow the comparison, one line per cause.
        late: True for a second evaluation: of the tables, such as spectra, that no result of a checkpoint waits for.
    """

    model: str
    step: int
    tables: tuple[TableResult, ...]
    seconds: float
    drops: str = ""
    error: Exception | None = None
    refused: tuple[str, ...] = ()
    late: bool = False


def probe(
    folder: str | Path,
    base: str | Path | None = None,
    *,
    model: str | None = None,
    step: int | None = None,
    method: str = "unknown",
    home: str | Path | None = None,
    levels: Sequence[int] | Literal["auto"] | None = None,
    per_level: int | None = None,
    sources: Sequence[str] | None = None,
    per_source: int | None = None,
    shots: int | None = None,
    max_new_tokens: int | None = None,
    thinking: bool = False,
    tokens: bool = False,
    dry_run: bool = False,
) -> ProbeResult:
    """Evaluate one checkpoint, as `skillprobe probe` does: its base first, and nothing that is stored already.

    Args:
        folder: The checkpoint.
        base: The model that its training started from (default: that of its run in skillprobe.toml, else
            the checkpoint is its own base, step 0).
        model: Name of the model (default: made from the run folder's name).
        step: Training step, 1 or more (default: the one that the checkpoint's layout gives).
        method: Training method, in your own word: sft, rl, ...
        home: Folder of the store and of its `skillprobe.toml` (default: SKILLPROBE_HOME, else `.skillprobe`).
        levels: Difficulty levels, from 1, or "auto" for those that a pilot on the base chooses; in place of those in
            the settings, as are the following.
        per_level: Number of items per kind and level.
        sources: Names of imported sources to add.
        per_source: Number of items per source.
        shots: Number of worked examples in each prompt.
        max_new_tokens: Token limit of a completion (default: that of the settings, else 1,024 or twice the item's
            reference where that is longer).
        thinking: True to turn the template's thinking on; completions may have 8,192 tokens and end when they repeat
            themselves.
        tokens: True to store the divergence of every token as well.
        dry_run: True to report what would be computed or reused, and why. No model is loaded and nothing is written.

    Returns:
        What was computed and what was reused.

    Raises:
        SkillprobeError: The checkpoint, the base, a setting or the store cannot be used; the message has a remedy.
    """
    if step is not None and step < 1:
        raise SettingsError(f"step {step} is not valid", remedy="give a step of 1 or more; 0 is the base")
    root = home_of(home)
    with writing(root):
        project = Project.at(root)
        settings = with_options(
            project.settings,
            levels=levels,
            per_level=per_level,
            sources=sources,
            per_source=per_source,
            shots=shots,
            max_new_tokens=max_new_tokens,
            thinking=thinking,
            tokens=tokens,
        )
        one = probe_of_folders(
            Path(folder),
            None if base is None else Path(base),
            model=model,
            step=step,
            method=method,
            settings=settings,
            store=project.store,
        )
        checkpoint = one.checkpoint
        if dry_run:
            found = forecast(one)
            tables = tuple(
                TableResult(each.table, each.model, each.step, each.reused, each.rows, reason=each.reason)
                for each in found.tables
            )
            digest = "" if found.protocol is None else found.protocol.digest
            items = 0 if found.items is None else found.items.height
            return ProbeResult(checkpoint.model, checkpoint.step, digest, items, tables, dry_run=True)
        check_usable(settings.compute)
        refused: list[Refused] = []
        tables = _results(run_tables(one, refused=refused))
        return ProbeResult(
            checkpoint.model,
            checkpoint.step,
            one.protocol.digest,
            one.items.height,
            tables,
            refused=refused_in_words(refused),
        )


def watch(
    folder: str | Path | None = None,
    base: str | Path | None = None,
    *,
    model: str | None = None,
    method: str = "unknown",
    home: str | Path | None = None,
    every: float = 10.0,
    once: bool = False,
) -> Iterator[Evaluation]:
    """Evaluate each complete checkpoint of a run folder once, its base first, as `skillprobe watch` does.

    Checkpoints are evaluated while the result is iterated over. Folders without a checkpoint, incomplete checkpoints
    and folders that cannot be read are logged as warnings of the logger `skillprobe`.

    Args:
        folder: The run folder (default: those in `skillprobe.toml`).
        base: The checkpoint that the run started from; required with a folder.
        model: Name of the model (default: made from the folder's name).
        method: Training method, in your own word: sft, rl, ...
        home: Folder of the store and of its `skillprobe.toml` (default: SKILLPROBE_HOME, else `.skillprobe`).
        every: Seconds between two looks at the folders.
        once: True to end when everything that is there was evaluated; otherwise it goes on forever.

    Returns:
        An iterator over the evaluations, each as soon as it has ended, failed ones as well.

    Raises:
        SkillprobeError: There is no run to watch, or the base or the settings cannot be used. With `once`, also if
            the given folder cannot be read.
    """
    root = home_of(home)
    project = watched_project(
        Project.at(root),
        None if folder is None else Path(folder),
        None if base is None else Path(base),
        model=model,
        method=method,
    )
    if once and folder is not None:
        project.candidates(project.settings.runs[0])  # raises for a folder that cannot be read
    return _watch(project, root, every=every, once=once)


def _watch(project: Project, root: Path, *, every: float, once: bool) -> Iterator[Evaluation]:
    with writing(root):
        for each in watch_runs(project, once=once, every=every, seen=_Warnings()):
            yield _evaluation(each)


class _Warnings:
    """Logs what keeps runs or checkpoints out, each line when a look finds it for the first time."""

    def __init__(self) -> None:
        self._logged: frozenset[str] = frozenset()

    def __call__(self, planned: Plan) -> None:
        lines = (*planned.problems, *planned.notes)
        for line in lines:
            if line not in self._logged:
                _LOG.warning("%s", line)
        self._logged = frozenset(lines)


def _evaluation(found: CoreEvaluation) -> Evaluation:
    model, _, step = found.key.rpartition("/")
    if found.advice:
        _LOG.warning("%s: %s", found.key, found.advice)
    return Evaluation(
        model,
        int(step),
        _results(found.results),
        found.seconds,
        found.drops,
        found.error,
        refused_in_words(found.refused),
        found.late,
    )


def _results(found: Sequence[Computed]) -> tuple[TableResult, ...]:
    return tuple(
        TableResult(each.table, each.model, each.step, each.reused, each.result.rows, each.result.seconds)
        for each in found
    )
