"""The question before a command that changes what is stored."""

from __future__ import annotations

import sys

import typer

from skillprobe_core.terminal import say


def confirm(yes: bool, command: str) -> None:
    """Return if the change is confirmed, by `--yes` or by an answer on a terminal; otherwise end with status 1.

    command: the command line to show where there is no terminal, without `skillprobe` and `--yes`.
    """
    if yes:
        return
    if sys.stdin.isatty():
        if typer.confirm("Continue?"):
            return
        say("nothing was changed")
    else:
        say(f"nothing was changed. To do it: skillprobe {command} --yes")
    raise typer.Exit(1)
