"""`skillprobe noise`: the noise floor of a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillprobe_core.extras import require
from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .item_options import LEVELS, TOKEN_LIMIT, levels_of


def noise(
    checkpoint: Annotated[
        str, typer.Argument(help="Path of the checkpoint, or MODEL@STEP (or MODEL/STEP) of a configured run.")
    ],
    model: Annotated[str | None, typer.Option(help="Model name (default: the run folder's).")] = None,
    step: Annotated[int | None, typer.Option(min=1, help="Step (default: the one its layout gives, or 0).")] = None,
    levels: Annotated[str | None, typer.Option(help=LEVELS)] = None,
    per_level: Annotated[int, typer.Option(min=1, help="Number of items per kind and level.")] = 2,
    shots: Annotated[int | None, typer.Option(min=0, help="Number of worked examples in each prompt.")] = None,
    max_new_tokens: Annotated[int | None, typer.Option(min=1, help=TOKEN_LIMIT)] = None,
) -> None:
    """Measure the noise floor: the same weights again, two batch sizes, two types, each installed backend.

    Reports per skill the share of verdicts that flip and the divergence between the repetitions, and stores both in
    the table `noise_floor`. Treat smaller differences between checkpoints as noise.
    """
    require("models", "measuring the noise floor")
    from skillprobe_core.project.given_checkpoint import probe_of_checkpoint, with_options
    from skillprobe_core.project.noise_of_checkpoint import noise_floor
    from skillprobe_core.project.project import Project
    from skillprobe_core.show.report.noise_tables import by_skill, by_variation, noise_in_words
    from skillprobe_core.show.report.terminal_tables import print_table

    project = Project.open()
    settings = with_options(
        project.settings, levels=levels_of(levels), per_level=per_level, shots=shots, max_new_tokens=max_new_tokens
    )
    project = Project(settings, project.store)
    if Path(checkpoint).exists():
        probe = probe_of_checkpoint(Path(checkpoint), model=model, step=step, settings=settings, store=project.store)
    else:
        probe = project.probe(checkpoint)
    where = visible(project.store.root)
    say(f"{probe.checkpoint.key}: {len(probe.items)} items (set {probe.item_set}), results in {where}")
    frame, reused = noise_floor(probe, report=lambda name: say(f"  {name}"))
    if reused:
        say("  reused: measured earlier on the same weights, items and settings")
    say(f"\nEach variation compared with {frame['baseline_backend'][0]}, over all skills")
    print_table(by_variation(frame))
    say("\nThe largest variation for each skill")
    print_table(by_skill(frame))
    say(f"\n{noise_in_words(frame)}")
    say(
        f'All rows: skillprobe sql --protocol {probe.protocol.digest} "FROM noise_floor". `compare` and `report` mark '
        "changes below the noise floor."
    )
