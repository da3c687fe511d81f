"""Finds the checkpoints of a run folder and decides which of them are complete."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from skillprobe_core.errors import CheckpointError, one_line

from .checkpoint import Checkpoint
from .files import Stamp, stamps
from .layouts import LAYOUTS, Found
from .model_files import ModelFiles
from .readiness import missing_part

SETTLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A checkpoint seen in a run folder.

    `waiting_for` says what is missing, None when the checkpoint is complete. `files` are stamps of the files that
    count: while they stay the same, so does the checkpoint, and nothing needs to be digested. `settled` is true of
    a complete checkpoint, and of one that lacks only the trainer's last file and has not changed for long enough.
    """

    checkpoint: Checkpoint
    waiting_for: str | None
    files: tuple[Stamp, ...]
    settled: bool = False

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


def discover(run_folder: Path, model: str, method: str, *, settle_seconds: float = SETTLE_SECONDS) -> list[Candidate]:
    """The checkpoints of a run folder by rising step, complete or not.

    An empty list means a readable folder without any. Raises CheckpointError when the folder is missing, is not a
    folder or cannot be read, so that no caller takes that for 'empty'.
    """
    run_folder = Path(run_folder)
    try:
        layout = next((layout for layout in LAYOUTS if layout.holds(run_folder)), None)
        found = layout.find(run_folder) if layout else []
    except FileNotFoundError as error:
        raise CheckpointError(
            "the run folder does not exist", remedy="check the configured path, or mount it", path=run_folder
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
    candidates = [_candidate(each, model, method, settle_seconds) for each in found]
    return [candidate for candidate in candidates if candidate is not None]


def looked_for() -> str:
    """The patterns that `discover` looks for in a run folder, for messages."""
    *others, last = (layout.looks_for for layout in LAYOUTS)
    return f"{', '.join(others)} or {last}"


def previous_of(step: int, candidates: Iterable[Candidate]) -> Checkpoint | None:
    """The last complete or settled checkpoint of the run before `step`, not counting its base; None for the first."""
    earlier = [c.checkpoint for c in candidates if (c.ready or c.settled) and 0 < c.checkpoint.step < step]
    return max(earlier, key=lambda checkpoint: checkpoint.step, default=None)


def _candidate(found: Found, model: str, method: str, settle_seconds: float) -> Candidate | None:
    checkpoint = Checkpoint.in_folder(model, found.step, found.path, method)
    files: tuple[Stamp, ...] = ()
    try:
        files = stamps(found.path)
        reason = missing_part(found.path, files, found.marker, settle_seconds)
        settled = reason is None or missing_part(found.path, files, None, settle_seconds) is None
        return Candidate(checkpoint, reason, files, settled)
    except FileNotFoundError:
        # The trainer deleted it while we looked (save_total_limit), or a file is being replaced.
        return Candidate(checkpoint, "files are being removed or replaced", ()) if found.path.is_dir() else None
    except Exception as error:  # whatever a damaged file raises, the run's other checkpoints are still there
        return Candidate(checkpoint, f"cannot be read: {one_line(error)}", files)
