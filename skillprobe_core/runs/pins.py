"""Pins: complete checkpoints kept from rotation, by hard links next to the run folder or by copies.

A link costs no space while the trainer keeps the file. It does not protect from a file that is rewritten in place,
which a pin notices by sizes and times.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from skillprobe_core.engine.digest import digest_of_value
from skillprobe_core.machine.file_locks import locked
from skillprobe_core.machine.unfinished_files import replace_text

from .bounded_files import RefusedFile, check_file
from .content_files import counting_files
from .discovery import Candidate
from .model_files import ModelFiles
from .scratch import Scratch, gigabytes
from .scratch_entries import remove

TRAINER_STATE = "trainer_state.json"
"""The file with the trainer's own figures. It is not part of the checkpoint's identity."""

HIDDEN = ".skillprobe-pins"
"""Folder of the pins of a run, next to the run folder."""
_UNFINISHED = ".work"
_HALF_REMOVED = re.compile(r"\..+\.\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned checkpoint, or the note of one that was released.

    step, fingerprint: of the candidate. folder: it holds the files in their places below the run folder.
    files: size in bytes and time in nanoseconds of each, by its place. finished: no table of the checkpoint itself
    needs it any more. released: the folder is gone.
    """

    model: str
    step: int
    fingerprint: str
    method: str
    layout: str
    run: Path
    path: Path
    weights: Path
    config: Path
    tokenizer: Path
    borrows: bool
    command: str
    folder: Path
    files: dict[str, tuple[int, int]]
    finished: bool = False
    released: bool = False

    @property
    def intact(self) -> bool:
        """True if all files are as they were when they were pinned."""
        try:
            states = {name: os.stat(self.folder / name) for name in self.files}
        except OSError:
            return False
        return all((each.st_size, each.st_mtime_ns) == self.files[name] for name, each in states.items())

    def held(self) -> int:
        """Bytes that only this pin keeps on the disk."""
        held = 0
        for path in self.folder.rglob("*"):
            with suppress(OSError):
                state = os.lstat(path)
                held += state.st_size if stat.S_ISREG(state.st_mode) and state.st_nlink == 1 else 0
        return held

    def of(self, files: ModelFiles) -> ModelFiles:
        """The files of the checkpoint, with those that are pinned in the pin's folder."""
        return replace(
            files,
            weights=self._moved(files.weights),
            config=self._moved(files.config),
            tokenizer=self._moved(files.tokenizer),
            pinned=self._moved(files.path),
        )

    def candidate(self) -> tuple[ModelFiles, Path]:
        """The checkpoint's files as they were found, and its run folder."""
        found = ModelFiles(self.path, self.weights, self.config, self.tokenizer, None, self.borrows)
        return replace(found, command=self.command), self.run

    def _moved(self, place: Path) -> Path:
        moved = self.folder / place.relative_to(self.run) if place.is_relative_to(self.run) else place
        return moved if moved.exists() else place


class Pins:
    """The pins of a store, with a note for each in its scratch folder."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch

    def of_model(self, model: str) -> list[Pin]:
        """The pins of a model and the notes of released ones, by step."""
        notes = (_read(file) for file in self._scratch.pins.glob(f"{model}/*.json"))
        return sorted((pin for pin in notes if pin is not None), key=lambda pin: pin.step)

    def all(self) -> list[Pin]:
        """The pins of all models and the notes of released ones, by model and step."""
        models = sorted(folder.name for folder in self._scratch.pins.glob("*"))
        return [pin for model in models for pin in self.of_model(model)]

    def pin(self, candidate: Candidate, *, copy: bool) -> str | None:
        """Pin a complete checkpoint, unless it is or was pinned.

        Args:
            candidate: The checkpoint as it is found in its run folder.
            copy: True to copy its files to the scratch folder where hard links are not possible.

        Returns:
            Why it could not be pinned; None if it is pinned, or if rotation does not concern it: a folder that is a
            run by itself, or links into a cache.
        """
        checkpoint = candidate.checkpoint
        run = checkpoint.run
        if run is None or run == checkpoint.path:
            return None
        note = self._scratch.pins / checkpoint.model / f"{checkpoint.step}-{candidate.fingerprint}.json"
        if note.is_file():
            return None
        try:
            files = {
                path.relative_to(run).as_posix(): path
                for path in counting_files(checkpoint.files).values()
                if path.is_relative_to(run)
            }
            if all(path.is_symlink() for path in files.values()):
                return None
            for path in files.values():
                check_file(path)
            folder, states = self._kept(candidate, run, files, copy=copy)
        except RefusedFile:
            return None  # its probe fails with the reason
        except (OSError, _NoRoom) as error:
            return str(getattr(error, "strerror", None) or error)
        found = checkpoint.files
        state = found.weights / TRAINER_STATE
        if state.is_relative_to(run):
            with suppress(OSError, RefusedFile):  # a checkpoint may have none
                check_file(state)
                place = shutil.copy2 if folder.is_relative_to(self._scratch.folder) else os.link
                place(state, folder / state.relative_to(run))
        places = (run, found.path, found.weights, found.config, found.tokenizer)
        pin = Pin(
            checkpoint.model, checkpoint.step, candidate.fingerprint, checkpoint.method, candidate.layout,
            *places, found.borrows, found.command, folder, states,
        )  # fmt: skip
        _write(note, pin)
        return None

    def finish(self, model: str, place: Path) -> None:
        """Note that no table of a checkpoint needs its weights, and release the pins that nothing needs any more.

        The next checkpoint is compared with this one, so that its pin stays until that one has finished as well.

        Args:
            model: The model.
            place: The checkpoint's folder in the pin.
        """
        for pin in self.of_model(model):
            if pin.folder in place.parents and not pin.finished:
                _write(self._note(pin), replace(pin, finished=True))
        held = [pin for pin in self.of_model(model) if not pin.released]
        for pin, following in pairwise(held):
            if pin.finished and following.finished and pin.step < following.step:
                self.release(pin)

    def release(self, pin: Pin) -> None:
        """Remove a pin's files. Its note stays, so that the same version is not pinned again."""
        if not pin.released:
            remove(pin.folder)
            for above in (pin.folder.parent, pin.folder.parent.parent):
                with suppress(OSError):
                    above.rmdir()  # the last one of the run
            _write(self._note(pin), replace(pin, released=True, finished=True))

    def forget(self, model: str, step: int | None = None) -> None:
        """Remove the pins of a model, or of one of its steps, with their notes: its rows are removed."""
        for pin in self.of_model(model):
            if step in (None, pin.step):
                self.release(pin)
                self._note(pin).unlink(missing_ok=True)

    def rename(self, old: str, new: str) -> None:
        """Give the pins of a model to another name; their files stay where they are."""
        for pin in self.of_model(old):
            _write(self._note(renamed := replace(pin, model=new)), renamed)
            self._note(pin).unlink(missing_ok=True)

    def keep_within_limits(self, model: str) -> Iterator[Pin]:
        """Release pins, finished and old ones first, until the budget and the free space of the trainer's disk hold.

        Yields:
            The released pins of checkpoints that were not evaluated.
        """
        held = [pin for pin in self.of_model(model) if not pin.released]
        if held and self._scratch.held() > self._scratch.most:
            self._scratch.folder.mkdir(parents=True, exist_ok=True)
            self._scratch.room_for(0, self._scratch.folder)  # what can be made again goes before any pin
        for pin in sorted(held, key=lambda pin: (not pin.finished, pin.step)):
            if self._scratch.held() <= self._scratch.most and _free(pin.folder) >= self._scratch.free:
                return
            if not pin.held():
                continue
            self.release(pin)
            if not pin.finished:
                yield pin

    def _kept(
        self, candidate: Candidate, run: Path, files: dict[str, Path], *, copy: bool
    ) -> tuple[Path, dict[str, tuple[int, int]]]:
        name = f"{candidate.checkpoint.step}-{candidate.fingerprint}-{digest_of_value(str(self._scratch.folder))[:8]}"
        place = run.parent / HIDDEN / run.name / name
        try:
            return place, _filled(place, files, os.link)
        except OSError as error:
            if not copy:
                raise OSError(error.errno, f"hard links are not possible ({error.strerror})") from error
        size = sum(path.stat().st_size for path in files.values())
        self._scratch.folder.mkdir(parents=True, exist_ok=True)
        if (reason := self._scratch.room_for(size, self._scratch.folder)) is not None:
            raise _NoRoom(f"a copy of {gigabytes(size)} does not fit: {reason}")
        place = self._scratch.folder / "pinned" / candidate.checkpoint.model / name
        return place, _filled(place, files, shutil.copy2)

    def _note(self, pin: Pin) -> Path:
        return self._scratch.pins / pin.model / f"{pin.step}-{pin.fingerprint}.json"


class _NoRoom(Exception):
    pass


def _filled(folder: Path, files: dict[str, Path], place: Callable[[Path, Path], object]) -> dict[str, tuple[int, int]]:
    """Make the folder with all files or not at all; raises OSError, also where a file changes at the same time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _swept(folder.parent)
    work, states = folder.with_name(f".{folder.name}{_UNFINISHED}"), {}
    with locked(_lock_of(work)):
        try:
            for name, path in files.items():
                before = path.stat()
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                place(path, work / name)
                after = (work / name).stat()
                states[name] = after.st_size, after.st_mtime_ns
                if states[name] != (before.st_size, before.st_mtime_ns):
                    raise OSError(f"{name} changes")
            shutil.rmtree(folder, ignore_errors=True)  # of a process that was ended
            work.rename(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return states


def _swept(folder: Path) -> None:
    """Remove the unfinished and the half-removed pins that killed processes left in a folder."""
    for left in folder.glob(".*"):
        with suppress(OSError):
            if left.name.endswith(_UNFINISHED):
                with locked(_lock_of(left), wait=False):
                    shutil.rmtree(left)
            elif _HALF_REMOVED.fullmatch(left.name):
                shutil.rmtree(left)


def _lock_of(work: Path) -> Path:
    return work.with_name(f"{work.name.removesuffix(_UNFINISHED)}.lock")


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 1 << 62


def _write(note: Path, pin: Pin) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    replace_text(note, json.dumps(asdict(pin), default=str))


_PATHS = ("run", "path", "weights", "config", "tokenizer", "folder")


def _read(note: Path) -> Pin | None:
    try:
        values: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        files = {str(name): (int(size), int(time)) for name, (size, time) in values["files"].items()}
        return Pin(**{**values, **{name: Path(values[name]) for name in _PATHS}, "files": files})
    except (OSError, AttributeError, KeyError, TypeError, ValueError):
        return None
