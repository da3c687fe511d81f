"""The budget of everything that can be made again: copies of weights, pins, hidden states, logs of completions."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import CheckpointError

from .scratch_entries import Entry, entries, held_size, remove_entry, size_of

_UNUSED_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class Scratch:
    """The folder for copies of weights, and the limits of everything that can be made again.

    folder: it is made when it is needed. most: bytes of all copies, pins, hidden states and logs of completions
    together. free: bytes that stay free on every disk that they are on. seconds: the longest time that a converter may
    run. work: the store's folder for work in progress, with the states and logs; None if there are only copies.
    notes: False to keep no notes of trials of tokenizers, for a dry run.
    """

    folder: Path
    most: int
    free: int
    seconds: float
    work: Path | None = None
    notes: bool = True

    @property
    def copies(self) -> Path:
        """The folder with one folder per copy."""
        return self.folder / "copies"

    @property
    def pins(self) -> Path:
        """The folder with a note per pin, see pins.py."""
        return self.folder / "pins"

    def make_room(self, size: int) -> None:
        """Remove what can be made again until `size` more bytes of a copy fit within the limits (see `room_for`).

        Args:
            size: Bytes to be written.

        Raises:
            CheckpointError: They do not fit.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if (reason := self.room_for(size, self.folder)) is not None:
            raise CheckpointError(
                f"a copy of the weights of {gigabytes(size)} does not fit: {reason}",
                remedy="raise `gigabytes` or lower `free_gigabytes` under [scratch] in skillprobe.toml, name a "
                "`folder` on a larger disk there, or free space on this one",
                path=self.folder,
            )

    def room_for(self, size: int, place: Path) -> str | None:
        """Remove what can be made again until `size` more bytes fit: what nothing waits for, then what is old.

        Within each of the two, what was used longest ago goes first; old is what was not used for a day.

        Args:
            size: Bytes to be written.
            place: An existing folder on the disk that they go to.

        Returns:
            The limit that they still exceed, in words; None if they fit.
        """
        if (reason := self.lacks(size, place)) is None:
            return None
        spare = self._spare()
        while (reason := self.lacks(size, place)) is not None and spare:
            remove_entry(spare.pop(0))
        return reason

    def _spare(self) -> list[Entry]:
        """The entries that may be removed, in that order."""
        held = sorted(entries(self.copies, self.work), key=lambda entry: entry.used)
        old = [each for each in held if not each.finished and time.time() - each.used > _UNUSED_SECONDS]
        return [each for each in held if each.finished] + old

    def lacks(self, size: int, place: Path | None = None) -> str | None:
        """The limit that `size` more bytes would exceed, in words; None if they fit.

        place: an existing folder on the disk that they go to (default: that of the copies).
        """
        held = self.held()
        if held + size > self.most:
            return f"copies, pins, hidden states and logs hold {gigabytes(held)} of {gigabytes(self.most)}"
        free = shutil.disk_usage(place or self.folder).free
        if free - size < self.free:
            return f"the disk has {gigabytes(free)} free, of which {gigabytes(self.free)} stay free"
        return None

    def held(self) -> int:
        """Bytes of everything that counts, and of pins what they alone keep on a disk."""
        return held_size(self.copies, self.work) + self.held_by_pins()

    def held_by_pins(self) -> int:
        """Bytes that pins alone keep on a disk."""
        return sum(map(_held_by, self.pins.glob("*/*.json")))


def _held_by(note: Path) -> int:
    """Bytes of the files of a pin that have no other name."""
    try:
        pin = json.loads(note.read_text(encoding="utf-8"))
        folder = "" if pin["released"] else pin["folder"]
    except (OSError, KeyError, TypeError, ValueError):
        return 0
    return size_of(Path(folder), alone=True) if folder else 0


def gigabytes(size: float) -> str:
    """A number of bytes for people."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
