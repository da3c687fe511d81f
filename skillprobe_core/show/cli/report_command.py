"""`skillprobe report`: all results of some models in one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .protocol_option import ProtocolOption


def report(
    models: Annotated[list[str] | None, typer.Argument(help="Models to show (default: those in the settings).")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")] = Path("skillprobe-report.html"),
    target: Annotated[
        list[str] | None, typer.Option(help="Training target: a domain, a skill or SKILL/DOMAIN; repeat for more.")
    ] = None,
    protocol: ProtocolOption = None,
) -> None:
    """Write a self-contained HTML report: skills over steps, cells, divergence, weights, forgotten items."""
    from skillprobe_core.project.project import Project
    from skillprobe_core.show.report.report_html import write_report

    project = Project.open()
    study = project.settings.study
    chosen = models or study.models
    written = write_report(
        project.store,
        out,
        chosen,
        project.protocol(protocol, chosen),
        target or study.targets,
        project.settings.tests.collapse_margin,
    )
    say(f"report written to {visible(written)} ({written.stat().st_size / 1e6:.1f} MB); open it in a browser")
