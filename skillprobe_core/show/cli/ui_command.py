"""`skillprobe ui`: the Dagster UI for the store."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from skillprobe_core.extras import require
from skillprobe_core.machine.interrupt import run_child


def ui(
    port: Annotated[int, typer.Option(help="Port of the web server.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Start the Dagster UI: the assets of every checkpoint, and the sensor that evaluates new ones."""
    require("dagster", "the Dagster UI")
    command = [sys.executable, "-m", "dagster", "dev", "-m", "skillprobe_dagster.definitions"]
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    raise typer.Exit(run_child([*command, "--host", host, "--port", str(port)]))
