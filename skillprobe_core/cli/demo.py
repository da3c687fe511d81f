"""`skillprobe demo`: train two small models while the pipeline watches them."""

from __future__ import annotations

import os
import sys


def demo() -> None:
    """Train a small model by SFT and by RL while a Dagster sensor evaluates every checkpoint; print a summary."""
    os.execv(sys.executable, [sys.executable, "-m", "skillprobe_dagster.demo"])
