"""The option `--protocol` of every command that shows results."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

ProtocolOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--protocol",
        metavar="NAME",
        help="Protocol to show: its name, or the first digits of its digest (default: that of the settings).",
    ),
]
