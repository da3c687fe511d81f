"""Results of reading checkpoints, kept in the store: a later process trusts them and reads nothing."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from skillprobe_core.engine.digest import digest_of_value
from skillprobe_core.machine.unfinished_files import replace_text

from .content_files import FileState, file_states
from .identity import Identity, Reading
from .model_files import ModelFiles
from .weight_bytes import NotFinite

_VERSION = 1
_RACY_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """A checkpoint's files, their states when they were read, and the results."""

    files: ModelFiles
    states: tuple[FileState, ...]
    reading: Reading


class IdentityRecords:
    """One small file per machine and checkpoint, in a folder of the store.

    A record holds while size, modification time and inode of every file stay the same. A file that changes twice
    within the clock's resolution keeps all three, so files that changed in the last 2 s are not recorded. Records are
    replaced atomically; one that is damaged counts as none.
    """

    def __init__(self, folder: Path, machine: str | None = None) -> None:
        self.folder = folder
        self.machine = _this_machine() if machine is None else machine

    def find(self, files: ModelFiles) -> Reading | None:
        """The results for a checkpoint whose files are as they were when it was read; None for any other."""
        record = self._load(self._file(files))
        try:
            return (
                record.reading if record is not None and record.states == _placed(files, file_states(files)) else None
            )
        except OSError:
            return None

    def keep(self, files: ModelFiles, states: tuple[FileState, ...], reading: Reading) -> None:
        """Record results, unless a file changed within the last 2 s. A folder that cannot be written keeps none."""
        if time.time_ns() - max(state.mtime_ns for state in states) <= _RACY_NS:
            return
        places = _resolved(files)
        strange = reading.not_finite
        text = json.dumps(
            {
                "version": _VERSION,
                "machine": self.machine,
                "places": [str(path) for path in (places.path, places.weights, places.config, places.tokenizer)],
                "command": files.command,
                "files": [[str(each.path), *astuple(each)[1:]] for each in _placed(files, states)],
                "identity": astuple(reading.identity)[1:],
                "tensors_digest": reading.tensors_digest,
                "not_finite": strange and [strange.tensor, str(strange.file), strange.kind],
            }
        )
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_text(self._file(files), text)

    def drop(self, files: ModelFiles) -> None:
        """Forget the results for a checkpoint: the next process reads it."""
        self._file(files).unlink(missing_ok=True)

    def all(self) -> Iterator[Record]:
        """Every record of this machine, by path."""
        loaded = (self._load(file) for file in self.folder.glob("*.json"))
        yield from sorted((each for each in loaded if each is not None), key=lambda each: each.files.path)

    def _file(self, files: ModelFiles) -> Path:
        places = _resolved(files)
        parts = [str(path) for path in (places.weights, places.config, places.tokenizer)]
        key = [self.machine, *parts, *([files.command] if files.command else [])]
        return self.folder / f"{digest_of_value(key)[:32]}.json"

    def _load(self, file: Path) -> Record | None:
        try:
            entry: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            if (entry["version"], entry["machine"]) != (_VERSION, self.machine):
                return None
            states = tuple(FileState(Path(path), *numbers) for path, *numbers in entry["files"])
            reading = Reading(Identity.of(*entry["identity"]), entry["tensors_digest"], _strange(entry["not_finite"]))
            path, weights, config, tokenizer = map(Path, entry["places"])
            files = ModelFiles(path, weights, config, tokenizer, command=entry.get("command", ""))
            return Record(files, states, reading)
        except (OSError, AttributeError, KeyError, RecursionError, TypeError, ValueError):
            return None


class UnwrittenRecords(IdentityRecords):
    """The records of a folder that stays as it is: what is read now is only kept in memory."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._kept: dict[Path, Record] = {}

    def keep(self, files: ModelFiles, states: tuple[FileState, ...], reading: Reading) -> None:
        """Keep results in memory."""
        self._kept[self._file(files)] = Record(files, _placed(files, states), reading)

    def _load(self, file: Path) -> Record | None:
        return self._kept.get(file) or super()._load(file)


def _strange(entry: list[str] | None) -> NotFinite | None:
    if entry is None:
        return None
    tensor, file, kind = entry
    return NotFinite(tensor, Path(file), kind)


def _resolved(files: ModelFiles) -> ModelFiles:
    parts = files.path, files.weights, files.config, files.tokenizer
    path, weights, config, tokenizer = (_place(_original(files, part)) for part in parts)
    return ModelFiles(path, weights, config, tokenizer)


def _placed(files: ModelFiles, states: tuple[FileState, ...]) -> tuple[FileState, ...]:
    return tuple(replace(state, path=_place(_original(files, state.path))) for state in states)


def _original(files: ModelFiles, path: Path) -> Path:
    """The path in the trainer's folder: a pinned file is the same one, by its inode."""
    pinned = files.pinned
    return files.path / path.relative_to(pinned) if pinned is not None and path.is_relative_to(pinned) else path


def _place(path: Path) -> Path:
    """The path with links of folders resolved; one of a file stays, since its target's name may be a digest."""
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name


def _this_machine() -> str:
    """A name that distinguishes machines which share a store."""
    for file in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        with suppress(OSError):
            if name := file.read_text(encoding="ascii", errors="replace").strip():
                return name
    return platform.node()
