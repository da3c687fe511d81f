"""The `skillprobe` command: one file per subcommand, each importing what it needs when it runs."""

from __future__ import annotations

import sys

import typer

from skillprobe_core.errors import SkillprobeError

from . import compare, demo, items, models, noise, overlap, parameters, probe, report, scores, sql, study, ui, watch

app = typer.Typer(
    name="skillprobe",
    help="Evaluate language-model checkpoints: reasoning skills, output divergence and weight changes.",
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
    """Run the command line. A SkillprobeError is printed without a traceback; the exit status is then 1."""
    try:
        app()
    except SkillprobeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
