"""`skillprobe probe`: the whole job for one checkpoint, without Dagster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible


def probe(
    checkpoint: Annotated[Path, typer.Argument(help="Folder of the checkpoint.")],
    base: Annotated[
        Path | None, typer.Option(help="Folder of its base; without it the checkpoint is the base.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Name for the model; else that of the run's folder.")] = None,
    step: Annotated[int | None, typer.Option(min=1, help="Step; else the number in `checkpoint-N`.")] = None,
    method: Annotated[str, typer.Option(help="How it is trained: sft, rl, ...")] = "unknown",
    levels: Annotated[str | None, typer.Option(help="Levels asked, for example 1,2.")] = None,
    per_level: Annotated[int | None, typer.Option(min=1, help="Items of each kind and level.")] = None,
    sources: Annotated[str | None, typer.Option(help="Imported sources to ask too, for example gsm8k,arc.")] = None,
    per_source: Annotated[int | None, typer.Option(min=1, help="Items of each source.")] = None,
    shots: Annotated[int | None, typer.Option(min=0, help="Worked examples before each question.")] = None,
    max_new_tokens: Annotated[int | None, typer.Option(min=1, help="Token limit of a completion.")] = None,
    tokens: Annotated[bool, typer.Option("--tokens", help="Keep divergences token by token, too.")] = False,
) -> None:
    """Evaluate one checkpoint: items, generations, verdicts, scores, divergence, parameters, tests of change.

    The base is evaluated first, once. What was computed before from the same bytes is reused.
    """
    from skillprobe_core.pipeline.adhoc import probe_of_folders, with_options
    from skillprobe_core.pipeline.project import Project
    from skillprobe_core.pipeline.run import run_stages
    from skillprobe_core.report.summary import print_summary

    project = Project.open()
    settings = with_options(
        project.settings,
        levels=levels,
        per_level=per_level,
        shots=shots,
        max_new_tokens=max_new_tokens,
        sources=sources,
        per_source=per_source,
        tokens=tokens,
    )
    one = probe_of_folders(
        checkpoint, base, model=model, step=step, method=method, settings=settings, store=project.store
    )
    say(f"{one.checkpoint.key}: {len(one.items)} items (set {one.item_set}), results in {visible(project.store.root)}")
    say(f"  number type {one.number_type.dtype}: {one.number_type.reason}")
    if faster := one.faster_here():
        say(f"  {faster}")
    for result in run_stages(one, report=None):
        what = "reused" if result.reused else f"{result.seconds:.1f} s"
        say(f"  {result.model}/{result.step}  {result.stage:<17} {result.rows:>6} rows  {what}")
    print_summary(project.store, [(one.checkpoint.model, s) for s in sorted({0, one.checkpoint.step})], one.item_set)
