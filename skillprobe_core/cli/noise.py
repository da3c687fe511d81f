"""`skillprobe noise`: what changes about a checkpoint when nothing should."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def noise(
    checkpoint: Annotated[str, typer.Argument(help="Folder of the checkpoint, or MODEL@STEP of a configured run.")],
    model: Annotated[str | None, typer.Option(help="Name for the model; else that of the run's folder.")] = None,
    step: Annotated[int | None, typer.Option(min=1, help="Step; else the number in `checkpoint-N`, else 0.")] = None,
    levels: Annotated[str | None, typer.Option(help="Levels asked, for example 1,2.")] = None,
    per_level: Annotated[int, typer.Option(min=1, help="Items of each kind and level.")] = 2,
    shots: Annotated[int | None, typer.Option(min=0, help="Worked examples before each question.")] = None,
    max_new_tokens: Annotated[int | None, typer.Option(min=1, help="Token limit of a completion.")] = None,
) -> None:
    """Measure the noise floor: the same weights again, two batch sizes, two types, each installed backend.

    Tells per skill the share of verdicts that flip and the divergence it amounts to, and stores it (`noise_floor`).
    A difference between checkpoints that is smaller is none.
    """
    from skillprobe_core.pipeline.adhoc import probe_of_checkpoint, with_options
    from skillprobe_core.pipeline.noise import noise_floor
    from skillprobe_core.pipeline.project import Project
    from skillprobe_core.report.noise_tables import by_skill, by_variation, noise_reading
    from skillprobe_core.report.tables import print_table

    project = Project.open()
    settings = with_options(
        project.settings, levels=levels, per_level=per_level, shots=shots, max_new_tokens=max_new_tokens
    )
    project = Project(settings, project.store)
    if Path(checkpoint).is_dir():
        probe = probe_of_checkpoint(Path(checkpoint), model=model, step=step, settings=settings, store=project.store)
    else:
        probe = project.probe(checkpoint.replace("@", "/"))
    print(f"{probe.checkpoint.key}: {len(probe.items)} items (set {probe.item_set}), results in {project.store.root}")
    frame, reused = noise_floor(probe, report=lambda name: print(f"  {name}", flush=True))
    if reused:
        print("  measured before, on the same weights, items and settings")
    print(f"\nEach variation against {frame['reference_backend'][0]}, over all skills")
    print_table(by_variation(frame))
    print("\nThe worst variation for each skill")
    print_table(by_skill(frame))
    print(f"\n{noise_reading(frame)}")
    print('Everything, skill by skill: skillprobe sql "FROM noise_floor". `compare` and `report` mark what is smaller.')
