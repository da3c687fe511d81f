"""A change of several files of the store that happens completely, however often it is interrupted.

The new files are written to a folder of the change, then its moves are written to a journal. From then on the change
is decided: each move is one rename, and doing the moves again does only those that are left.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.store_errors import writing
from skillprobe_core.errors import StoreError
from skillprobe_core.machine.unfinished_files import replacing

_FOLDER = ("_work", "change")


@dataclass(frozen=True, slots=True)
class Change:
    """The moves of a change, in order.

    command: the command line that it was started with, without `skillprobe`.
    models: names that have to be left alone until it is finished.
    moves: pairs of a path and its next place, below the store's folder.
    """

    command: str
    models: tuple[str, ...]
    moves: tuple[tuple[str, str], ...]


def staging(store: Store) -> Path:
    """An empty folder for the new files of a change; whatever an interrupted one left undecided is deleted."""
    if decided(store) is not None:
        raise TypeError("the change that was decided has to be finished first")
    folder = _folder(store)
    with writing(store.root):
        if folder.exists():
            shutil.rmtree(folder)
        (folder / "new").mkdir(parents=True)
    return folder / "new"


def discarded(number: int) -> str:
    """The place, below the store's folder, that a change moves its n-th old file or folder to; deleted at its end."""
    return "/".join((*_FOLDER, "old", str(number)))


def decide(store: Store, change: Change) -> None:
    """Write the journal: from now on the change will be completed."""
    text = json.dumps({"command": change.command, "models": change.models, "moves": change.moves})
    with writing(store.root), replacing(_journal(store)) as place, place.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def decided(store: Store) -> Change | None:
    """The change that was decided and not finished; None without one. Raises StoreError for a damaged journal."""
    try:
        entry = json.loads(_journal(store).read_text(encoding="utf-8"))
        moves = tuple((str(before), str(after)) for before, after in entry["moves"])
        return Change(str(entry["command"]), tuple(map(str, entry["models"])), moves)
    except FileNotFoundError:
        return None
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise StoreError(
            f"the journal of a rename or removal is damaged ({error})",
            remedy="restore the store from a copy; `new` and `old` next to the journal hold the files that were moved",
            path=_journal(store),
        ) from error


def finish(store: Store, change: Change) -> None:
    """Do the moves that are left, delete what was discarded, and then the journal."""
    with writing(store.root):
        for before, after in change.moves:
            _move(store.root / before, store.root / after)
        for left in ("old", "new"):
            if (_folder(store) / left).exists():
                shutil.rmtree(_folder(store) / left)
        _journal(store).unlink()


def unfinished(store: Store, models: Sequence[str] | None = None) -> StoreError | None:
    """The error for a change that was interrupted, if it concerns one of the models (default: any); else None."""
    change = decided(store)
    if change is None or (models is not None and not set(models) & set(change.models)):
        return None
    return StoreError(
        f"`skillprobe {change.command}` was interrupted",
        remedy=f"run it again, which completes it: skillprobe {change.command} --yes",
        path=store.root,
    )


def _move(before: Path, after: Path) -> None:
    if before.exists():
        after.parent.mkdir(parents=True, exist_ok=True)
        os.replace(before, after)


def _folder(store: Store) -> Path:
    return store.root.joinpath(*_FOLDER)


def _journal(store: Store) -> Path:
    return _folder(store) / "journal.json"
