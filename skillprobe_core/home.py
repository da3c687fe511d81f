"""The store's folder; a file of its own, so that it can be named before anything heavy is imported."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import SettingsError


def home(given: str | Path | None = None) -> Path:
    """The store's folder: the given one, else the environment variable SKILLPROBE_HOME, else `.skillprobe` here.

    Raises SettingsError when its name holds bytes that are not text in the locale; Parquet and DuckDB cannot open it.
    """
    named = given or os.environ.get("SKILLPROBE_HOME") or ".skillprobe"
    folder = Path(os.path.expanduser(named)).absolute()  # files of variables and containers leave ~ as it is
    if any("\ud800" <= character <= "\udfff" for character in str(folder)):
        raise SettingsError(
            f"the name of the store's folder is not valid {sys.getfilesystemencoding()}",
            remedy="rename it, set SKILLPROBE_HOME to another one, or PYTHONUTF8=1 if the locale lacks its characters",
            path=folder,
        )
    return folder
