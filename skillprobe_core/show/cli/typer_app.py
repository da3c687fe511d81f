"""The Typer applications of this command line: help in full and without markup, usage errors shown as they are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import StringIO
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from skillprobe_core.terminal import say

_UsageError = cast(type[Exception], typer.BadParameter.__mro__[1])  # Typer's or click's own, by Typer's version


class Command(TyperCommand):
    """A command whose first paragraph stands whole in a list of commands."""

    def get_short_help_str(self, limit: int = 0) -> str:
        """The first paragraph, however long."""
        return _first_paragraph(self.help)


class _Group(TyperGroup):
    def get_short_help_str(self, limit: int = 0) -> str:
        return _first_paragraph(self.help)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,  # noqa: ANN401 (as Typer has it)
    ) -> object:
        """Run the command; a usage error shows what was typed as it is."""
        try:
            status: object = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except typer.Abort:
            say("Aborted!", err=True)
            status = 1
        except _UsageError as error:
            status = _show(error)
        if standalone_mode:
            sys.exit(status if isinstance(status, int) else 0)
        return status


def new_app(**options: Any) -> typer.Typer:  # noqa: ANN401 (Typer's own options)
    """An application that takes no text for markup; its commands are added with `cls=Command`."""
    return typer.Typer(
        cls=_Group,
        rich_markup_mode=None,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        **options,
    )


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _show(error: Any) -> object:  # noqa: ANN401 (a class of Typer's that has no public name)
    """Print the usage and what is wrong; returns the exit status."""
    if error.ctx is not None:
        error.ctx.color = True  # else escape sequences are left out instead of shown
    text = StringIO()
    error.show(text)
    say(text.getvalue().removesuffix("\n"), err=True)
    return error.exit_code
