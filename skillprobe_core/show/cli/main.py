"""The `skillprobe` command: one file per subcommand, each importing what it needs when it runs."""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from skillprobe_core import __version__
from skillprobe_core.engine.store_errors import refusal_elsewhere, writing
from skillprobe_core.errors import SkillprobeError
from skillprobe_core.extras import missing_package
from skillprobe_core.home import home
from skillprobe_core.machine.interrupt import one_line_at_interrupt
from skillprobe_core.terminal import prepare, say
from skillprobe_core.visible import visible

from .compare_command import compare
from .demo_command import demo
from .init_command import init
from .items_command import app as items_app
from .layouts_command import layouts
from .models_command import app as models_app
from .noise_command import noise
from .overlap_command import overlap
from .parameters_command import parameters
from .plan_command import plan
from .probe_command import probe
from .protocols_command import protocols
from .remove_command import remove
from .rename_command import rename
from .report_command import report
from .scores_command import scores
from .sql_command import sql
from .store_command import app as store_app
from .study_command import study
from .typer_app import Command, new_app
from .ui_command import ui
from .upgrade_command import upgrade
from .verify_command import verify
from .watch_command import watch


def _version(wanted: bool) -> None:
    if wanted:
        say(f"skillprobe {__version__}")
        raise typer.Exit


app = new_app(
    name="skillprobe",
    help="Evaluate language-model checkpoints: reasoning skills, output divergence and weight changes.",
)


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Receive the options before the command; each acts by its own callback."""


app.command(cls=Command)(demo)
app.command(cls=Command)(init)
app.command(cls=Command)(plan)
app.command(cls=Command)(probe)
app.command(cls=Command)(watch)
app.command(cls=Command)(layouts)
app.command(cls=Command)(scores)
app.command(cls=Command)(compare)
app.command(cls=Command)(noise)
app.command(cls=Command)(overlap)
app.command(cls=Command)(parameters)
app.command(cls=Command)(study)
app.command(cls=Command)(report)
app.command(cls=Command)(sql)
app.command(cls=Command)(protocols)
app.add_typer(items_app, name="items")
app.add_typer(models_app, name="models")
app.add_typer(store_app, name="store")
app.command(cls=Command)(verify)
app.command(cls=Command)(upgrade)
app.command(cls=Command)(rename)
app.command(cls=Command)(remove)
app.command(cls=Command)(ui)


def main() -> None:
    """Run the command line. A SkillprobeError is printed without a traceback; the exit status is then 1."""
    prepare()
    try:
        with one_line_at_interrupt(_kept), writing(home()):
            app()
    except SkillprobeError as error:
        say(f"error: {error}", err=True)
        sys.exit(1)
    except Exception as error:  # a bug unless a package or space is missing: all of it is shown, but as text
        if (known := missing_package(error) or refusal_elsewhere(error)) is not None:
            say(f"error: {known}", err=True)
            sys.exit(1)
        say(traceback.format_exc().removesuffix("\n"), err=True)
        sys.exit(1)


def _kept() -> str:
    """State what an interrupted command leaves and how to go on. Imports nothing: an import may be interrupted."""
    chunk_log = sys.modules.get("skillprobe_core.measurements.generations.chunk_log")
    answers = "" if chunk_log is None else f" and {chunk_log.answers_kept(home() / '_work'):,} answers"
    return f"finished tables{answers} are kept in {visible(home())}; run the same command again to go on"
