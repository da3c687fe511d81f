"""Earlier names of models: a run folder whose rows were renamed is not evaluated under the earlier name again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError


@dataclass(frozen=True, slots=True)
class EarlierName:
    """A name that a model had.

    name: the earlier name. now: the present one. folders: real paths of the run folders that the rows came from.
    """

    name: str
    now: str
    folders: tuple[str, ...]

    @property
    def text(self) -> str:
        """Content of its file."""
        return json.dumps({"now": self.now, "folders": list(self.folders)})


def earlier_name_file(store: Store, name: str) -> Path:
    """The file of an earlier name, which need not exist."""
    return store.root / "_work" / "renamed" / f"{name}.json"


def earlier_names(store: Store) -> Iterator[EarlierName]:
    """Every earlier name that the store recorded, sorted."""
    for file in sorted((store.root / "_work" / "renamed").glob("*.json")):
        try:
            entry = json.loads(file.read_text(encoding="utf-8"))
            yield EarlierName(file.stem, str(entry["now"]), tuple(map(str, entry["folders"])))
        except FileNotFoundError:
            continue  # a rename that was taken back
        except (KeyError, OSError, RecursionError, TypeError, ValueError) as error:
            raise StoreError(
                f"the record of a renamed model is damaged ({error})",
                remedy="restore this file, or run `skillprobe store check --set-aside`, which moves it away: the run "
                "folder of the earlier name is then evaluated under that name again",
                path=file,
            ) from error


def renamed_to(store: Store, name: str, folder: Path) -> str | None:
    """The present name of the rows that came from a run folder under this name; None if they were not renamed."""
    if not earlier_name_file(store, name).exists():
        return None
    real = os.path.realpath(folder)
    return next((each.now for each in earlier_names(store) if each.name == name and real in each.folders), None)
