"""`skillprobe demo`: train two small models while the pipeline watches them."""

from __future__ import annotations

import sys

import typer

from skillprobe_core.interrupt import run_child


def demo() -> None:
    """Train a small model by SFT and by RL while a Dagster sensor evaluates every checkpoint, then say what moved."""
    raise typer.Exit(run_child([sys.executable, "-m", "skillprobe_dagster.demo"]))
