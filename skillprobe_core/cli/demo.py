"""`skillprobe demo`: train two small models while the pipeline watches them."""

from __future__ import annotations

import os
import sys
import time

from skillprobe_core.terminal import say


def demo() -> None:
    """Train a small model by SFT and by RL while a Dagster sensor evaluates every checkpoint; print a summary."""
    say("[   0 s] loading PyTorch, Transformers and Dagster")
    os.execv(sys.executable, [sys.executable, "-m", "skillprobe_dagster.demo", str(time.monotonic())])
