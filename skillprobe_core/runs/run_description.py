"""Recognised runs in words: layout, checkpoints, and what a folder without any lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from skillprobe_core.errors import CheckpointError
from skillprobe_core.visible import visible

from .discovery import Candidate
from .layouts import LAYOUTS, Layout
from .layouts.converted import setting_of
from .layouts.layout import Conversion, quoted
from .nearest_layout import nearest_layout, pattern_of
from .recognise_run import Recognised, RecognisedRun

_SHOWN = 3


def summary(candidates: Sequence[Candidate]) -> str:
    """One line about the checkpoints of a run: layout, numbers, first and last steps."""
    layouts = " and ".join(dict.fromkeys(each.layout for each in candidates if each.layout))
    parts = (
        ("complete", [each for each in candidates if each.ready]),
        ("being written", [each for each in candidates if each.waiting_for is not None and not each.damaged]),
        ("unreadable", [each for each in candidates if each.unreadable or each.damaged]),
    )
    counts = (f"{len(some)} {state} ({steps_of(some)})" if some else f"0 {state}" for state, some in parts)
    return f"layout {layouts or 'unknown'}: {', '.join(counts)}"


def steps_of(candidates: Iterable[Candidate]) -> str:
    """The steps of some checkpoints: all of a few, else the first and the last."""
    steps = [each.checkpoint.step for each in candidates]
    if len(steps) <= _SHOWN:
        return f"step{'s' * (len(steps) > 1)} {', '.join(map(str, steps))}"
    return f"steps {steps[0]} to {steps[-1]}"


def described(
    run: RecognisedRun, base: Path | None = None, known: Callable[[RecognisedRun], Iterable[str]] | None = None
) -> Iterator[str]:
    """The lines that describe a run.

    Args:
        run: The run.
        base: Its base, where a person or the settings name it.
        known: Gives further lines about it, which follow (default: none).

    Yields:
        The folder with the model's name, then indented lines.
    """
    yield f"{visible(run.folder)}: model {run.model}"
    yield f"  {summary(run.candidates)}"
    for each in run.written:
        yield f"  step {each.checkpoint.step} is being written: {visible(each.waiting_for)}"
    for each in run.damaged:
        yield f"  step {each.checkpoint.step} cannot be read: {visible(each.waiting_for)}"
    for each in run.unreadable[-1:]:
        yield f"  {unreadable_line(each, base or run.base)}"
    for each in run.unreadable[:-1]:
        yield f"  step {each.checkpoint.step} cannot be read either. Convert it: {_command(each, base or run.base)}"
    if not any(each.checkpoint.step for each in run.candidates):
        yield "  the model has no step: evaluate it once with `skillprobe probe FOLDER --base BASE --step N`"
    yield from _bases(run) if base is None else (f"  base {visible(base)}",)
    yield from known(run) if known is not None else ()


def _bases(run: RecognisedRun) -> Iterator[str]:
    for named in run.bases:
        where = "not a folder on this machine" if named.folder is None else f"folder {visible(named.folder)}"
        yield f"  base {visible(named.name)}: {where} (named by {visible(named.file)})"
    if not run.bases:
        yield "  base: no file names it; give it with --base"


def unreadable_line(candidate: Candidate, base: Path | None) -> str:
    """One line about a checkpoint with a conversion: the reason, and the command for its folder."""
    found = candidate.conversion or Conversion("", "")
    setting = setting_of(found, candidate.checkpoint.path, candidate.checkpoint.run)
    return (
        f"step {candidate.checkpoint.step} cannot be read: {found.cause}. Convert it: {_command(candidate, base)}; "
        f"or let skillprobe run the converter, with this line under the run in skillprobe.toml: {visible(setting)}"
    )


def _command(candidate: Candidate, base: Path | None) -> str:
    command = candidate.conversion.command if candidate.conversion else ""
    return visible(command if base is None else command.replace("BASE", quoted(base)))


def unreadable_error(
    path: Path, conversion: Conversion, base: Path | None, model: str, step: int, run: Path | None = None
) -> CheckpointError:
    """The error of weights that cannot be read: what they are, the command, and how to evaluate its result."""
    start = "BASE" if base is None else quoted(base)
    named = f" --model {model}" if model else ""
    return CheckpointError(
        f"the weights cannot be read: {conversion.cause}",
        remedy=f"convert it: {conversion.command.replace('BASE', start)}\n"
        "then copy config.json and the tokenizer files of the base to OUT where they are missing, and evaluate that: "
        f"skillprobe probe OUT --base {start}{named} --step {step or 'N'}\n"
        "or let skillprobe run the converter, with this line under the run in skillprobe.toml: "
        f"{setting_of(conversion, path, run)}",
        path=path,
    )


def nothing_found(folder: Path, layouts: Sequence[Layout] = LAYOUTS) -> str:
    """One line about a folder without a checkpoint: what was looked for, the nearest layout and what it lacks."""
    names = ", ".join(layout.name for layout in layouts)
    text = (
        f"no checkpoint yet, so nothing is evaluated (looked for the layouts {names}; `skillprobe layouts` lists "
        "their files)"
    )
    near = nearest_layout(folder, layouts)
    if near is None:
        return text
    place = "" if near.folder == folder else f" in {visible(near.folder)}"
    needs = f"it needs {near.lacks}{place}" if near.lacks else f"see `skillprobe layouts` for its rule{place}"
    return f"{text}; the nearest layout is {near.layout.name}: {needs}"


def report(
    found: Recognised,
    base: Path | None = None,
    layouts: Sequence[Layout] = LAYOUTS,
    known: Callable[[RecognisedRun], Iterable[str]] | None = None,
) -> Iterator[str]:
    """The lines that describe a folder: each of its runs, or what was looked for.

    Args:
        found: What was recognised.
        base: The base of the runs, where a person names it.
        layouts: The layouts that were looked for.
        known: Gives further lines about a run (default: none).

    Yields:
        The lines.
    """
    stepless = [run for run in found.runs if not any(each.checkpoint.step for each in run.candidates)]
    pattern = pattern_of(found.folder, [run.folder for run in stepless]) if len(stepless) > 1 else None
    for run in found.runs:
        if pattern is None or run not in stepless:
            yield from described(run, base, known)
    if pattern is not None:
        yield f"{visible(found.folder)}: {len(stepless)} models in folders whose names no layout reads as steps"
        yield "  to read them as one run, add this to skillprobe.toml:"
        yield "  [[layouts]]"
        yield '  name = "my_trainer"'
        yield f'  pattern = "{pattern}"'
        yield '  complete = "quiet"'
    yield from (f"warning: {visible(problem)}" for problem in found.problems)
    if not found.runs and not found.problems:
        yield f"{visible(found.folder)}: {nothing_found(found.folder, layouts)}"
