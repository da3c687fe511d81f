"""Finds the checkpoints of a run folder and decides which of them are complete."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from skillprobe_core.errors import CheckpointError, SkillprobeError, one_line

from .checkpoint import UNKNOWN_METHOD, Checkpoint
from .content_files import Stamp, is_pickled_weights, is_weights, stamps
from .layouts import LAYOUTS, Found, Layout
from .layouts.layout import Conversion
from .layouts.stored_weights import pickle_conversion
from .model_files import ModelFiles
from .places import found_in, locate
from .readiness import readiness, shard_readiness
from .ready_marks import ready_mark
from .scratch import Scratch

SETTLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A checkpoint seen in a run folder.

    `waiting_for` says what is missing, None when the checkpoint is complete. `files` are stamps of the files that
    count: while they stay the same, so does the checkpoint, and nothing needs to be digested. `settled` is true of
    a complete checkpoint, and of one that lacks only the trainer's last file and has not changed for long enough.
    `writing` is true when the trainer states that it has not finished: then the files' rest means nothing.
    `damaged` is true when the trainer has finished and the files cannot be read; `waiting_for` is then the reason.
    `conversion` is the way to weights that cannot be read; such a checkpoint is never ready or settled. `layout` is the
    name of the layout that found it.
    """

    checkpoint: Checkpoint
    waiting_for: str | None
    files: tuple[Stamp, ...]
    settled: bool = False
    writing: bool = False
    conversion: Conversion | None = None
    layout: str = ""
    damaged: bool = False

    @property
    def ready(self) -> bool:
        """True if the checkpoint is complete and can be read."""
        return self.waiting_for is None and self.conversion is None

    @property
    def unreadable(self) -> bool:
        """True if the checkpoint is complete but has to be converted first."""
        return self.waiting_for is None and self.conversion is not None

    def started_from(self, base: ModelFiles) -> Candidate:
        """The same candidate with the base that an adapter is added to."""
        checkpoint = replace(self.checkpoint, files=self.checkpoint.files.on(base))
        return replace(self, checkpoint=checkpoint)

    def kept_in(self, scratch: Scratch) -> Candidate:
        """The same candidate with a place for copies of its weights."""
        checkpoint = replace(self.checkpoint, files=self.checkpoint.files.kept_in(scratch))
        return replace(self, checkpoint=checkpoint)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits over the names, sizes and times of the files that count."""
        text = json.dumps([asdict(file) for file in self.files], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def discover(
    run_folder: Path,
    model: str,
    method: str,
    *,
    settle_seconds: float = SETTLE_SECONDS,
    layouts: Sequence[Layout] = LAYOUTS,
    near: int | None = None,
) -> list[Candidate]:
    """The checkpoints of a run folder by rising step, complete or not, in whatever layouts it has.

    With `near`, only the checkpoint of this step and the last complete or settled one before it, not counting the base,
    with those in between. Files of the others are not opened.

    A step that two layouts hold is that of the first one that can be read. A folder that is itself a checkpoint is one
    only when it holds no others that can be read: a final model next to `checkpoint-N` folders is not one of the run's
    steps. An empty list means a readable folder without any. Raises CheckpointError when the folder is missing, is not
    a folder, cannot be read or holds several runs, so that no caller takes that for 'empty'.
    """
    run_folder = Path(run_folder)
    with listable(run_folder):
        every = found_in(run_folder, layouts)
    inside = [each for each in every if each.files.path != run_folder]
    if all(each.conversion for each in inside):
        alone = locate(run_folder, layouts)
        if alone is not None and (not inside or (alone.run != run_folder and alone.conversion is None)):
            every = [alone]
    return candidates_of(run_folder, every, model, method, settle_seconds=settle_seconds, near=near)


@contextmanager
def listable(run_folder: Path) -> Iterator[None]:
    """Raise a CheckpointError that names the folder for whatever listing it raises."""
    try:
        yield
    except FileNotFoundError as error:
        raise CheckpointError(
            "the run folder does not exist", remedy="correct the path, or mount the file system", path=run_folder
        ) from error
    except OSError as error:
        raise CheckpointError(
            f"the run folder cannot be read: {error.strerror or error}",
            remedy="give a folder that this user may list",
            path=run_folder,
        ) from error
    except Exception as error:  # such as a trainer's state that nests too deeply
        raise CheckpointError(
            f"the run folder cannot be read: {one_line(error)}",
            remedy="restore or move away the damaged file",
            path=run_folder,
        ) from error


def candidates_of(
    run_folder: Path,
    every: Sequence[Found],
    model: str,
    method: str,
    *,
    settle_seconds: float = SETTLE_SECONDS,
    near: int | None = None,
) -> list[Candidate]:
    """The checkpoints of a run folder by rising step, from all that the layouts find there; `near` as for `discover`.

    Raises CheckpointError when they belong to several runs.
    """
    found = [each for each in every if each.files.path != run_folder]
    if all(each.conversion for each in found):
        alone = [each for each in every if each.files.path == run_folder and (each.step or not found)]
        found += alone[:1]
    runs = sorted({each.run for each in found})
    if len(runs) > 1:
        raise CheckpointError(
            f"the folder holds {len(runs)} runs ({', '.join(run.name for run in runs[:3])}), not one",
            remedy=f"name one of them, for example {runs[0]}",
            path=run_folder,
        )
    readable_first = sorted(found, key=lambda each: each.conversion is not None)
    by_step = {each.step: each for each in reversed(readable_first)}
    wanted = sorted(by_step) if near is None else [step for step in sorted(by_step, reverse=True) if step <= near]
    candidates: list[Candidate] = []
    for step in wanted:
        candidate = _candidate(by_step[step], model, method, settle_seconds)
        if candidate is not None:
            candidates.append(candidate)
            if near is not None and 0 < step < near and (candidate.ready or candidate.settled):
                break
    return sorted(candidates, key=lambda each: each.checkpoint.step)


def previous_of(step: int, candidates: Iterable[Candidate]) -> Checkpoint | None:
    """The last complete or settled checkpoint of the run before `step`, not counting its base; None for the first."""
    earlier = [c.checkpoint for c in candidates if (c.ready or c.settled) and 0 < c.checkpoint.step < step]
    return max(earlier, key=lambda checkpoint: checkpoint.step, default=None)


def judge(found: Found, checkpoint: Checkpoint, settle_seconds: float) -> Candidate:
    """The state of a checkpoint's files now, by its layout's rule; raises whatever missing or damaged files raise."""
    files = stamps(found.files)
    if found.conversion is None:
        state = readiness(found.files, files, found.last_act, settle_seconds)
    else:
        state = shard_readiness(found.files, found.last_act, settle_seconds)
    conversion = found.conversion or _of_pickles(found.files, files)
    settled = state.settled and conversion is None
    return Candidate(
        checkpoint, state.missing, files, settled, state.writing, conversion, found.layout, damaged=state.damaged
    )


def _of_pickles(files: ModelFiles, counting: Sequence[Stamp]) -> Conversion | None:
    weights = [file.name for file in counting if not files.command and is_weights(file.name)]
    pickled = bool(weights) and all(map(is_pickled_weights, weights))
    return pickle_conversion(files.weights, weights) if pickled else None


def _candidate(found: Found, model: str, method: str, settle_seconds: float) -> Candidate | None:
    checkpoint = Checkpoint(model, found.step, found.files, method_of(found, method), found.run)
    try:
        return judge(found, checkpoint, settle_seconds)
    except FileNotFoundError:
        # The trainer deleted it while we looked (save_total_limit), or a file is being replaced.
        gone = not found.files.path.exists()
        waiting = "files are being removed or replaced"
        return None if gone else Candidate(checkpoint, waiting, (), layout=found.layout)
    except Exception as error:  # whatever a damaged file raises, the run's other checkpoints are still there
        files = _stamps(found)
        changed = max((file.mtime_ns for file in files), default=0)
        damaged = time.time_ns() - changed >= settle_seconds * 1e9
        return Candidate(checkpoint, _reason(error), files, layout=found.layout, damaged=damaged)


def _reason(error: Exception) -> str:
    """The reason why files cannot be read, in one phrase."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{Path(error.filename).name}: {error.strerror}"
    if not isinstance(error, SkillprobeError):
        return one_line(error)
    return error.cause if error.path is None else f"{Path(error.path).name}: {error.cause}"


def method_of(found: Found, given: str) -> str:
    """The method that a person gave, else the one that the training loop stated."""
    mark = ready_mark(found.run, found.step) if given == UNKNOWN_METHOD else None
    return given if mark is None else mark.method or given


def _stamps(found: Found) -> tuple[Stamp, ...]:
    try:
        return stamps(found.files)
    except OSError:
        return ()
