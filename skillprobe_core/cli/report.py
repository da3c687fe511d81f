"""`skillprobe report`: everything about some models in one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    models: Annotated[list[str] | None, typer.Argument(help="Models to show; all without.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")] = Path("skillprobe-report.html"),
    item_set: Annotated[str | None, typer.Option(help="Item set; else the one stored last.")] = None,
) -> None:
    """Write a self-contained HTML report: skills over steps, cells, divergence, weights, forgotten items."""
    from skillprobe_core.pipeline.project import Project
    from skillprobe_core.report.html import write_report

    written = write_report(Project.open().store, out, models or [], item_set)
    print(f"report written to {written} ({written.stat().st_size / 1e6:.1f} MB); it opens in any browser")
