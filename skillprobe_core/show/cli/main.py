"""The `skillprobe` command: one file per subcommand, each importing what it needs when it runs."""

from __future__ import annotations

import sys
import traceback

from skillprobe_core.engine.store_errors import writing
from skillprobe_core.errors import SkillprobeError
from skillprobe_core.extras import missing_package
from skillprobe_core.home import home
from skillprobe_core.machine.interrupt import one_line_at_interrupt
from skillprobe_core.terminal import prepare, say
from skillprobe_core.visible import visible

from . import compare_command as compare
from . import demo_command as demo
from . import items_command as items
from . import models_command as models
from . import noise_command as noise
from . import overlap_command as overlap
from . import parameters_command as parameters
from . import probe_command as probe
from . import protocols_command as protocols
from . import remove_command as remove
from . import rename_command as rename
from . import report_command as report
from . import scores_command as scores
from . import sql_command as sql
from . import study_command as study
from . import ui_command as ui
from . import upgrade_command as upgrade
from . import verify_command as verify
from . import watch_command as watch
from .typer_app import Command, new_app

app = new_app(
    name="skillprobe",
    help="Evaluate language-model checkpoints: reasoning skills, output divergence and weight changes.",
)
app.command(cls=Command)(demo.demo)
app.command(cls=Command)(probe.probe)
app.command(cls=Command)(watch.watch)
app.command(cls=Command)(scores.scores)
app.command(cls=Command)(compare.compare)
app.command(cls=Command)(noise.noise)
app.command(cls=Command)(overlap.overlap)
app.command(cls=Command)(parameters.parameters)
app.command(cls=Command)(study.study)
app.command(cls=Command)(report.report)
app.command(cls=Command)(sql.sql)
app.command(cls=Command)(protocols.protocols)
app.add_typer(items.app, name="items")
app.add_typer(models.app, name="models")
app.command(cls=Command)(verify.verify)
app.command(cls=Command)(upgrade.upgrade)
app.command(cls=Command)(rename.rename)
app.command(cls=Command)(remove.remove)
app.command(cls=Command)(ui.ui)


def main() -> None:
    """Run the command line. A SkillprobeError is printed without a traceback; the exit status is then 1."""
    prepare()
    try:
        with one_line_at_interrupt(_kept), writing(home()):
            app()
    except SkillprobeError as error:
        say(f"error: {error}", err=True)
        sys.exit(1)
    except Exception as error:  # a bug unless a package is missing: all of it is shown, but as text
        if (missing := missing_package(error)) is not None:
            say(f"error: {missing}", err=True)
            sys.exit(1)
        say(traceback.format_exc().removesuffix("\n"), err=True)
        sys.exit(1)


def _kept() -> str:
    """State what an interrupted command leaves and how to go on. Imports nothing: an import may be interrupted."""
    chunk_log = sys.modules.get("skillprobe_core.measurements.generations.chunk_log")
    answers = "" if chunk_log is None else f" and {chunk_log.answers_kept(home() / '_work'):,} answers"
    return f"finished tables{answers} are kept in {visible(home())}; run the same command again to go on"
