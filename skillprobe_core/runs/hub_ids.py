"""Models of the Hugging Face hub by their names, from the local cache; nothing is downloaded."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from .bounded_files import read_text

_LONGEST = 1000
_NAME = re.compile(r"(?:([\w.-]+)/)?([\w.-]+?)(?:@([\w./-]+))?")


def in_hub_cache(path: Path) -> Path:
    """The folder of the model that a path names: the path itself if it exists, else a cached model of that hub id."""
    if os.path.lexists(path):
        return path
    return cached_snapshot(str(path)) or path


def cached_snapshot(name: str, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of a model in the hub's cache.

    Args:
        name: `ORGANISATION/NAME`, or `ORGANISATION/NAME@REVISION` for another revision than `main`.
        environment: Variables that say where the cache is, as huggingface_hub reads them.

    Returns:
        The snapshot's folder; None for another text and for a model that is not cached.
    """
    found = _NAME.fullmatch(name)
    if found is None or not is_hub_id(name):
        return None
    organisation, model, revision = found.groups()
    folder = hub_cache(environment) / "--".join(["models", organisation, model])
    try:
        commit = read_text(folder / "refs" / (revision or "main"), _LONGEST).strip()
    except (OSError, ValueError):
        commit = revision or ""
    snapshot = folder / "snapshots" / commit
    return snapshot if commit and snapshot.is_dir() else None


def is_hub_id(name: str) -> bool:
    """True if a text has the form of a hub id: two names with a slash, and perhaps a revision."""
    found = _NAME.fullmatch(name)
    return found is not None and found[1] is not None and not {found[1], found[2]} & {".", ".."}


def hub_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of huggingface_hub's cache."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if environment.get(variable):
            return Path(environment[variable]).expanduser()
    home = environment.get("HF_HOME")
    if not home:
        home = os.path.join(environment.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    return Path(home).expanduser() / "hub"
