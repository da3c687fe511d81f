"""The `skillprobe` command: one file per subcommand, each importing what it needs when it runs."""

from __future__ import annotations

import sys

import typer

from skillprobe_core.errors import SkillprobeError
from skillprobe_core.home import home
from skillprobe_core.interrupt import one_line_at_interrupt
from skillprobe_core.store.writing import writing

from . import compare, demo, items, models, noise, overlap, parameters, probe, report, scores, sql, study, ui, watch

app = typer.Typer(
    name="skillprobe",
    help="Which reasoning skills grew, transferred or collapsed, checkpoint by checkpoint.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(probe.probe)
app.command()(watch.watch)
app.command()(scores.scores)
app.command()(compare.compare)
app.command()(noise.noise)
app.command()(overlap.overlap)
app.command()(parameters.parameters)
app.command()(study.study)
app.command()(report.report)
app.command()(sql.sql)
app.add_typer(items.app, name="items")
app.add_typer(models.app, name="models")
app.command()(ui.ui)


def main() -> None:
    """Run the command line; an error that the user can correct is printed alone, and ends it with status 1."""
    try:
        with one_line_at_interrupt(_kept), writing(home()):
            app()
    except SkillprobeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def _kept() -> str:
    """What an interrupted command leaves, and how to go on. Imports nothing: an import may be what was interrupted."""
    chunk_log = sys.modules.get("skillprobe_core.inference.chunk_log")
    answers = "" if chunk_log is None else f" and {chunk_log.answers_kept(home() / '_work'):,} answers"
    return f"finished tables{answers} are kept in {home()}; run the same command again to go on"
