"""Recognition of a run folder that nobody has described: layout, checkpoints, and the base that its files name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import CheckpointError, one_line

from .adapters import CONFIG_FILE, is_adapter
from .bounded_files import read_object, read_text
from .checkpoint import UNKNOWN_METHOD
from .discovery import SETTLE_SECONDS, Candidate, candidates_of, discover, listable
from .layouts import LAYOUTS, Layout
from .model_naming import model_name
from .nested_runs import runs_in
from .places import checkpoints_below, full_path, locate
from .ready_marks import ready_mark

_CARD = "README.md"
_CARD_BASE = re.compile(r"^base_model:\s*(?:-\s*)?(?P<name>[^\s#]+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NamedBase:
    """A base as a file names it. `folder` is the local folder that the name means; None if there is no such folder."""

    name: str
    file: Path
    folder: Path | None


@dataclass(frozen=True, slots=True)
class RecognisedRun:
    """A run folder and its content.

    model: the model's default name. layouts: names of the layouts that find checkpoints here. candidates: all
    checkpoints by step, complete or not. adapters: True if they are LoRA adapters. bases: the bases that files name.
    """

    folder: Path
    model: str
    layouts: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    adapters: bool
    bases: tuple[NamedBase, ...]

    @property
    def complete(self) -> tuple[Candidate, ...]:
        """The checkpoints that can be evaluated."""
        return tuple(each for each in self.candidates if each.ready)

    @property
    def written(self) -> tuple[Candidate, ...]:
        """The checkpoints that are not complete."""
        return tuple(each for each in self.candidates if each.waiting_for is not None and not each.damaged)

    @property
    def damaged(self) -> tuple[Candidate, ...]:
        """The checkpoints whose trainer has finished and whose files cannot be read."""
        return tuple(each for each in self.candidates if each.damaged)

    @property
    def unreadable(self) -> tuple[Candidate, ...]:
        """The complete checkpoints that have to be converted."""
        return tuple(each for each in self.candidates if each.unreadable)

    @property
    def base(self) -> Path | None:
        """The local folder of the base that the files name; None if they name none, or several."""
        folders = {each.folder for each in self.bases if each.folder is not None}
        return next(iter(folders)) if len(folders) == 1 else None


def recognise_run(
    folder: Path, *, settle_seconds: float = SETTLE_SECONDS, layouts: Sequence[Layout] = LAYOUTS
) -> RecognisedRun:
    """Look at a run folder.

    Args:
        folder: The folder, or a checkpoint or folder in it: then its run is looked at.
        settle_seconds: Time without a change after which a checkpoint without a marker file is complete, in seconds.
        layouts: The layouts to look for.

    Returns:
        What it holds. A folder may be empty: the trainer has not written a checkpoint yet.

    Raises:
        CheckpointError: The folder is missing or cannot be read, or holds several runs.
    """
    run = _run_of(full_path(folder), layouts)
    return _recognised(
        run, discover(run, model_name(run), UNKNOWN_METHOD, settle_seconds=settle_seconds, layouts=layouts)
    )


@dataclass(frozen=True, slots=True)
class Recognised:
    """The runs in a folder. problems: runs that cannot be read, one line each."""

    folder: Path
    runs: tuple[RecognisedRun, ...]
    problems: tuple[str, ...] = ()


def recognise(
    folder: Path, *, settle_seconds: float = SETTLE_SECONDS, layouts: Sequence[Layout] = LAYOUTS
) -> Recognised:
    """Look at a folder that holds a run, or any number of runs up to three levels down.

    Args:
        folder: The folder, or a checkpoint or folder in a run: then this run is looked at.
        settle_seconds: Time without a change after which a checkpoint without a marker file is complete, in seconds.
        layouts: The layouts to look for.

    Returns:
        All runs, sorted by folder. One that cannot be read is a problem and stops no other.

    Raises:
        CheckpointError: The folder is missing or cannot be read.
    """
    folder = full_path(folder)
    with listable(folder):
        next(folder.iterdir(), None)
    runs, problems = [], []
    for each in runs_in(folder, layouts):
        try:
            found = candidates_of(
                each.folder, each.found, model_name(each.folder), UNKNOWN_METHOD, settle_seconds=settle_seconds
            )
            runs.append(_recognised(each.folder, found))
        except Exception as error:
            problems.append(f"{each.folder}: {one_line(error)}")
    return Recognised(folder, tuple(runs), tuple(problems))


def _recognised(run: Path, found: Sequence[Candidate]) -> RecognisedRun:
    candidates, model = tuple(found), model_name(run)
    files = [candidate.checkpoint.files for candidate in candidates]
    places = dict.fromkeys([*(each.config for each in reversed(files)), run])
    marks = (ready_mark(run, candidate.checkpoint.step) for candidate in reversed(candidates))
    stated = ((run, mark.file, mark.base) for mark in marks if mark is not None and mark.base is not None)
    in_files = ((place, file, name) for place in places for file, name in _names(place))
    bases = dict.fromkeys(each for named in (*stated, *in_files) for each in _named(*named, run))
    names = tuple(dict.fromkeys(candidate.layout for candidate in candidates))
    return RecognisedRun(run, model, names, candidates, any(map(is_adapter, files)), tuple(bases))


def _run_of(folder: Path, layouts: Sequence[Layout]) -> Path:
    found = locate(folder, layouts)
    if found is not None:
        return found.run
    try:
        return checkpoints_below(folder, layouts)[0]
    except OSError:
        return folder  # `discover` raises the error that names it


def _named(place: Path, file: Path, name: str, run: Path) -> Iterator[NamedBase]:
    """The base that a file in a folder names; a checkpoint of the run itself is not its base."""
    folder = next(filter(_is_model, (place / Path(name).expanduser(), Path(name).expanduser())), None)
    local = None if folder is None else full_path(folder.resolve())
    if local is None or not (local == run or run in local.parents):
        yield NamedBase(name, file, local)


def _names(place: Path) -> Iterator[tuple[Path, str]]:
    for name, field in ((CONFIG_FILE, "base_model_name_or_path"), ("config.json", "_name_or_path")):
        try:
            value = read_object(place / name).get(field)
        except (OSError, ValueError):
            continue
        if isinstance(value, str) and value:
            yield place / name, value
    try:
        card = read_text(place / _CARD)
    except (OSError, ValueError):
        return
    head = card.split("---", 2)
    if card.startswith("---") and len(head) == 3 and (found := _CARD_BASE.search(head[1])):
        yield place / _CARD, found["name"].strip("'\"")


def _is_model(folder: Path) -> bool:
    try:
        return (folder / "config.json").is_file()
    except (OSError, ValueError):
        return False


def no_base(run: RecognisedRun, command: str) -> CheckpointError:
    """The error of a run whose base is not known.

    Args:
        run: The run.
        command: The command to give the base to, without it.

    Returns:
        An error that names what the files say.
    """
    named = sorted({each.name for each in run.bases})
    if run.base is None and any(each.folder for each in run.bases):
        cause = f"its files name several bases: {', '.join(named)}"
    elif named:
        cause = f"its files name the base {', '.join(map(repr, named))}, which is not a folder on this machine"
    else:
        cause = "no file names the base"
    hub = next((each for each in named if re.fullmatch(r"[\w.-]+/[\w.-]+", each)), None)
    fetch = f"download it, for example with `hf download {hub} --local-dir BASE`, then " if hub else ""
    return CheckpointError(
        f"{cause}, so the checkpoints have nothing to be compared with",
        remedy=f"{fetch}name the folder of the model that training started from: {command} --base BASE",
        path=run.folder,
    )
