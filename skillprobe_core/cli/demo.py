"""`skillprobe demo`: train two small models while the pipeline watches them."""

from __future__ import annotations

import subprocess
import sys

import typer


def demo() -> None:
    """Train a small model by SFT and by RL while a Dagster sensor evaluates every checkpoint, then say what moved."""
    raise typer.Exit(subprocess.run([sys.executable, "-m", "skillprobe_dagster.demo"], check=False).returncode)
