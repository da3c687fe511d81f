"""Finds the checkpoints of a run folder and decides which of them are complete."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from skillprobe_core.errors import CheckpointError, one_line

from .checkpoint import Checkpoint
from .content_files import Stamp, stamps
from .layouts import LAYOUTS, Found, Layout
from .model_files import ModelFiles
from .places import found_in, locate
from .readiness import readiness

SETTLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A checkpoint seen in a run folder.

    `waiting_for` says what is missing, None when the checkpoint is complete. `files` are stamps of the files that
    count: while they stay the same, so does the checkpoint, and nothing needs to be digested. `settled` is true of
    a complete checkpoint, and of one that lacks only the trainer's last file and has not changed for long enough.
    `writing` is true when the trainer states that it has not finished: then the files' rest means nothing.
    """

    checkpoint: Checkpoint
    waiting_for: str | None
    files: tuple[Stamp, ...]
    settled: bool = False
    writing: bool = False

    @property
    def ready(self) -> bool:
        """True if the checkpoint is complete."""
        return self.waiting_for is None

    def started_from(self, base: ModelFiles) -> Candidate:
        """The same candidate with the base that an adapter is added to."""
        checkpoint = replace(self.checkpoint, files=self.checkpoint.files.on(base))
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
) -> list[Candidate]:
    """The checkpoints of a run folder by rising step, complete or not, in whatever layouts it has.

    A step that two layouts hold is that of the first one. A folder that is itself a checkpoint is one only when it
    holds no others: a final model next to `checkpoint-N` folders is not one of the run's steps. An empty list means a
    readable folder without any. Raises CheckpointError when the folder is missing, is not a folder, cannot be read or
    holds several runs, so that no caller takes that for 'empty'.
    """
    run_folder = Path(run_folder)
    try:
        found = [each for each in found_in(run_folder, layouts) if each.files.path != run_folder]
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
    if not found and (alone := locate(run_folder, layouts)):
        found = [alone]
    runs = sorted({each.run for each in found})
    if len(runs) > 1:
        raise CheckpointError(
            f"the folder holds {len(runs)} runs ({', '.join(run.name for run in runs[:3])}), not one",
            remedy=f"name one of them, for example {runs[0]}",
            path=run_folder,
        )
    by_step = {each.step: each for each in reversed(found)}
    candidates = [_candidate(by_step[step], model, method, settle_seconds) for step in sorted(by_step)]
    return [candidate for candidate in candidates if candidate is not None]


def looked_for(layouts: Sequence[Layout] = LAYOUTS) -> str:
    """The patterns that `discover` looks for in a run folder, for messages."""
    *others, last = (layout.looks_for for layout in layouts)
    return f"{', '.join(others)} or {last}" if others else last


def previous_of(step: int, candidates: Iterable[Candidate]) -> Checkpoint | None:
    """The last complete or settled checkpoint of the run before `step`, not counting its base; None for the first."""
    earlier = [c.checkpoint for c in candidates if (c.ready or c.settled) and 0 < c.checkpoint.step < step]
    return max(earlier, key=lambda checkpoint: checkpoint.step, default=None)


def judge(found: Found, checkpoint: Checkpoint, settle_seconds: float) -> Candidate:
    """The state of a checkpoint's files now, by its layout's rule; raises whatever missing or damaged files raise."""
    files = stamps(found.files)
    state = readiness(found.files, files, found.last_act, settle_seconds)
    return Candidate(checkpoint, state.missing, files, state.settled, state.writing)


def _candidate(found: Found, model: str, method: str, settle_seconds: float) -> Candidate | None:
    checkpoint = Checkpoint(model, found.step, found.files, method, found.run)
    try:
        return judge(found, checkpoint, settle_seconds)
    except FileNotFoundError:
        # The trainer deleted it while we looked (save_total_limit), or a file is being replaced.
        gone = not found.files.path.exists()
        return None if gone else Candidate(checkpoint, "files are being removed or replaced", ())
    except Exception as error:  # whatever a damaged file raises, the run's other checkpoints are still there
        return Candidate(checkpoint, f"cannot be read: {one_line(error)}", _stamps(found))


def _stamps(found: Found) -> tuple[Stamp, ...]:
    try:
        return stamps(found.files)
    except OSError:
        return ()
