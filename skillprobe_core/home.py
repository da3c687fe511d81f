"""The store's folder; a file of its own, so that it can be named before anything heavy is imported."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The store's folder: the environment variable SKILLPROBE_HOME, or `.skillprobe` in the working directory."""
    return Path(os.environ.get("SKILLPROBE_HOME") or ".skillprobe").absolute()
