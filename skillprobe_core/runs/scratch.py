"""The folder for copies of weights, and its limits."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import CheckpointError

FINISHED = "finished"
"""A file in the folder of a copy: no table needs it now, so that it may make room for another one."""
_UNUSED_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class Scratch:
    """The folder for copies of weights, and its limits.

    folder: it is made when it is needed. most: bytes of all copies and pins together. free: bytes that stay free on
    every disk that they are on. seconds: the longest time that a converter may run.
    """

    folder: Path
    most: int
    free: int
    seconds: float

    @property
    def copies(self) -> Path:
        """The folder with one folder per copy."""
        return self.folder / "copies"

    @property
    def pins(self) -> Path:
        """The folder with a note per pin, see pins.py."""
        return self.folder / "pins"

    def make_room(self, size: int) -> None:
        """Remove copies until `size` more bytes fit within the limits: finished ones, then those unused for a day.

        Args:
            size: Bytes to be written.

        Raises:
            CheckpointError: They do not fit.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        spare = self._spare()
        while (reason := self.lacks(size)) is not None:
            if not spare:
                raise CheckpointError(
                    f"a copy of the weights of {gigabytes(size)} does not fit: {reason}",
                    remedy="raise `gigabytes` or lower `free_gigabytes` under [scratch] in skillprobe.toml, name a "
                    "`folder` on a larger disk there, or free space on this one",
                    path=self.folder,
                )
            remove(spare.pop(0))

    def _spare(self) -> list[Path]:
        """The copies that may be removed, in that order."""
        used = {place: place.stat().st_mtime for place in self.copies.glob("[!.]*")}
        finished = sorted((place for place in used if (place / FINISHED).exists()), key=lambda place: used[place])
        old = [place for place in used if place not in finished and time.time() - used[place] > _UNUSED_SECONDS]
        return finished + sorted(old, key=lambda place: used[place])

    def lacks(self, size: int) -> str | None:
        """The limit that `size` more bytes would exceed, in words; None if they fit."""
        held = self.held()
        if held + size > self.most:
            return f"copies and pins hold {gigabytes(held)} of {gigabytes(self.most)}"
        free = shutil.disk_usage(self.folder).free
        if free - size < self.free:
            return f"the disk has {gigabytes(free)} free, of which {gigabytes(self.free)} stay free"
        return None

    def held(self) -> int:
        """Bytes of all copies, and those that only pins keep on a disk."""
        return size_of(self.copies) + sum(map(_held_by, self.pins.glob("*/*.json")))


def _held_by(note: Path) -> int:
    """Bytes of the files of a pin that have no other name."""
    try:
        pin = json.loads(note.read_text(encoding="utf-8"))
        folder = "" if pin["released"] else pin["folder"]
    except (OSError, KeyError, TypeError, ValueError):
        return 0
    return size_of(Path(folder), alone=True) if folder else 0


def size_of(folder: Path, *, alone: bool = False) -> int:
    """Bytes of all files in a folder and below, with `alone` of those with no other name; 0 if there is no folder."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                state = os.lstat(os.path.join(place, name))
                total += state.st_size if state.st_nlink == 1 or not alone else 0
            except FileNotFoundError:
                continue  # a file that a converter has just removed
    return total


def remove(folder: Path) -> None:
    """Remove a folder, whether or not it is still there; it is first renamed, so that nobody takes a part of it."""
    gone = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        folder.rename(gone)
    except FileNotFoundError:
        return
    shutil.rmtree(gone, ignore_errors=True)


def gigabytes(size: float) -> str:
    """A number of bytes for people."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
