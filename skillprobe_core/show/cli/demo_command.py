"""`skillprobe demo`: train two small models while the pipeline watches them."""

from __future__ import annotations

import sys
import time

import typer

from skillprobe_core.extras import require
from skillprobe_core.machine.interrupt import run_child
from skillprobe_core.terminal import say


def demo() -> None:
    """Train a small model by SFT and by RL while a Dagster sensor evaluates every checkpoint; print a summary."""
    require("demo", "the demo")
    say("[   0 s] loading PyTorch, Transformers and Dagster")
    command = [sys.executable, "-m", "skillprobe_dagster.demo", str(time.monotonic())]
    raise typer.Exit(run_child(command))
