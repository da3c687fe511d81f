"""`skillprobe items`: build the item set, look at items, count them."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="The benchmark's items: build, show, stats.", no_args_is_help=True)


@app.command()
def build() -> None:
    """Build the item set that the settings describe and freeze it in the store."""
    from skillprobe_core.pipeline.items import load_items
    from skillprobe_core.pipeline.project import Project

    project = Project.open()
    frame = load_items(project.settings.items, project.store)
    print(f"item set {frame['item_set'][0]}: {len(frame)} items of {frame['kind'].n_unique()} kinds")


@app.command()
def show(
    kind: Annotated[str, typer.Argument(help="Name of an item kind; `skillprobe items stats` lists them.")],
    level: Annotated[int, typer.Option(min=1, max=5, help="Difficulty.")] = 1,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many items.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the stream.")] = 0,
) -> None:
    """Print items of one kind: the prompt, the worked solution and what counts as right."""
    from skillprobe_core.errors import ItemError
    from skillprobe_core.items.registry import kind_named
    from skillprobe_core.items.schema import Split
    from skillprobe_core.items.splits import draw

    chosen = kind_named(kind)
    if level not in chosen.levels:
        raise ItemError(f"kind {kind!r} has no level {level}", remedy=f"use one of {list(chosen.levels)}")
    for index in range(count):
        item = draw(chosen, level, Split.EVALUATION, seed, index)
        if item is not None:
            print(f"--- {item.item_id}  {item.skill}/{item.domain}  level {item.level}  {item.template}")
            print(f"{item.prompt}\n\n{item.reference}\n")


@app.command()
def stats() -> None:
    """Count the items of the settings' item set by skill, domain and kind, with their chance level."""
    import polars as pl

    from skillprobe_core.pipeline.items import load_items
    from skillprobe_core.pipeline.project import Project
    from skillprobe_core.report.tables import print_table

    project = Project.open()
    frame = load_items(project.settings.items, project.store)
    counts = (
        frame.group_by("skill", "domain", "kind")
        .agg(
            levels=pl.col("level").unique().sort().cast(pl.String).str.join(" "),
            items=pl.len(),
            wordings=pl.col("template").n_unique(),
            prompt_words=pl.col("prompt").str.split(" ").list.len().mean().round(0).cast(pl.Int32),
            chance=pl.col("chance").mean(),
        )
        .sort("skill", "domain", "kind")
    )
    print_table(counts, title=f"Item set {frame['item_set'][0]}: {len(frame)} items")
