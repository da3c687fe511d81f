"""`skillprobe demo`: train two small models while the pipeline watches them."""

from __future__ import annotations

import os
import sys
import time


def demo() -> None:
    """Train a small model by SFT and by RL while a Dagster sensor evaluates every checkpoint, then say what moved."""
    print("[   0 s] loading PyTorch, Transformers and Dagster", flush=True)
    os.execv(sys.executable, [sys.executable, "-m", "skillprobe_dagster.demo", str(time.monotonic())])
