"""`skillprobe plan`: which drops an evaluation can show, and its cost, before it is run."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.terminal import say_folded
from skillprobe_core.visible import visible

from .item_options import LEVELS, levels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from skillprobe_core.project.planned_cost import Cost
    from skillprobe_core.project.planning import Flips, FoundDrop, Sizes
    from skillprobe_core.project.settings import Settings


class Scope(StrEnum):
    """A scope in which a drop is to be found."""

    CELL = "cell"
    SKILL = "skill"


def plan(
    levels: Annotated[str | None, typer.Option(help=LEVELS)] = None,
    per_level: Annotated[int | None, typer.Option(min=1, help="Number of items per kind and level.")] = None,
    drop: Annotated[
        float | None, typer.Option(help="Drop in accuracy to find, for example 0.1: the items per level follow.")
    ] = None,
    scope: Annotated[Scope, typer.Option(help="Scope in which --drop is to be found.")] = Scope.CELL,
    power: Annotated[float, typer.Option(help="Probability with which a drop is found.")] = 0.8,
    checkpoints: Annotated[int, typer.Option(min=1, help="Number of checkpoints of a watched run.")] = 10,
    flips: Annotated[
        float | None,
        typer.Option(
            help="Share of items that turn right, and as many wrong, without a real change (default: that of the "
            "stored checkpoints, else the most possible)."
        ),
    ] = None,
    time: Annotated[
        Path | None,
        typer.Option(help="Model to time on this device, with 64 items; the answers are not stored."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write `levels` and `per_level` to skillprobe.toml.")] = False,
) -> None:
    """Show which drops the items of the settings can show, and what they cost, before anything is evaluated.

    The tests are those by which summaries claim a change: `p_gated` of `profile_tests`, which is adjusted over all
    cells, skills, domains and kinds together, the limit of a collapse, and the test of a watched run.
    """
    from skillprobe_core.errors import SettingsError
    from skillprobe_core.measurements.pilots.base_protocol import pilot_of
    from skillprobe_core.measurements.pilots.pilot_in_words import pilot_in_words
    from skillprobe_core.project.given_checkpoint import with_options
    from skillprobe_core.project.planned_cost import stored_cost, timed_cost
    from skillprobe_core.project.planning import (
        assumptions,
        for_drop,
        found_drop,
        planned_items,
        record_of,
        sizes_of,
    )
    from skillprobe_core.project.project import Project

    for name, value in (("--power", power), ("--drop", drop)):
        if value is not None and not 0 < value < 1:
            raise SettingsError(
                f"{name}: expected a number above 0 and below 1, got {value:g}", remedy=f"write for example {name} 0.2"
            )
    project = Project.open()
    settings = with_options(project.settings, levels=levels_of(levels), per_level=per_level)
    record = record_of(project.settings, project.store)
    assumed = assumptions(project.store, record, flips)
    if drop is not None:
        settings = for_drop(settings, project.store, scope, drop, assumed[0], power)
        say_folded(
            f"A drop of {drop:g} in every {scope} needs {settings.items.per_level} items per level, if "
            f"{_percent(assumed[0])} of the items flip each way ({assumed[0].because}).\n"
        )
    items = planned_items(settings, project.store)
    sizes = sizes_of(items)
    _say_design(settings, items, sizes)
    pilot = pilot_of(project.store, record) if record is not None and settings.items.by_base else None
    if pilot is not None:
        say_folded(pilot_in_words(pilot))
    margin = settings.tests.collapse_margin
    found = [[found_drop(each, flip, checkpoints, power, margin) for each in sizes] for flip in assumed]
    _print_drops(found, checkpoints, power)
    _say_aims(sizes, power)
    cost = stored_cost(project.store, record) if time is None else timed_cost(settings, time, items)
    _say_cost(cost, items.height * settings.sampling.samples, checkpoints, settings.sampling.limit_in_words)
    if write:
        _write(project.store.root, settings)


def _say_design(settings: Settings, items: pl.DataFrame, sizes: Sequence[Sizes]) -> None:
    chosen = settings.items
    which = "levels chosen by a pilot" if chosen.by_base else f"levels {', '.join(map(str, chosen.levels))}"
    counts = []
    for each in sizes:
        span = f"{each.items[0]}" if each.items[0] == each.items[-1] else f"{each.items[0]} to {each.items[-1]}"
        counts.append(f"{span} in each of {len(each.items)} {each.scope}s")
    say_folded(f"Design: {which}, {chosen.per_level} items per level: {items.height:,} items, {' and '.join(counts)}.")


def _print_drops(found: Sequence[Sequence[FoundDrop]], checkpoints: int, power: float) -> None:
    import polars as pl

    from skillprobe_core.show.report.terminal_tables import print_table

    rows = []
    for cell, skill in found:
        rows.append(
            {
                "flips": _percent(cell.flips),
                "assumption": cell.flips.because,
                "cell": _drop(cell.one_look),
                "skill": _drop(skill.one_look),
                "watched": _drop(cell.first_look),
                f"checkpoint {checkpoints}": _drop(cell.last_look),
                "collapse": _drop(cell.collapse),
            }
        )
    say_folded(
        f"Smallest drops in the smallest cell and skill that are found with {power:.0%} power. Error rates: 5 % over "
        "all scopes together for one look (p_gated), over all cells and looks for a watched run, and over all cells "
        "for a collapse:"
    )
    print_table(pl.DataFrame(rows))
    say_folded(
        "flips: share of items that turn right, and as many that turn wrong, without a real change. cell, skill: one "
        "look. watched: a cell of a run, from checkpoint 1 on. "
        f"checkpoint {checkpoints}: a cell of a run, at that checkpoint alone. collapse: a cell that is flagged as "
        "collapsed. Kinds count as fixed."
    )


def _say_aims(sizes: Sequence[Sizes], power: float) -> None:
    from skillprobe_core.project.planning import aims_in_words

    say_folded(aims_in_words(sizes, power))


def _say_cost(cost: Cost | None, answers: int, checkpoints: int, limit: str) -> None:
    if cost is None:
        say_folded(
            f"Cost: {answers:,} answers per checkpoint of at most {limit} each. Their real length and time are unknown "
            "before something was generated: give a model with --time."
        )
        return
    tokens = answers * (cost.prompt_tokens + cost.completion_tokens)
    line = (
        f"Cost: {answers:,} answers per checkpoint, {cost.prompt_tokens:.0f} prompt and {cost.completion_tokens:.0f} "
        f"completion tokens each ({visible(cost.because)}): {_million(tokens)} tokens. A base and {checkpoints} "
        f"checkpoints: {_million(tokens * (checkpoints + 1))} tokens"
    )
    if cost.seconds is None:
        say_folded(f"{line}. The time is unknown: give a model with --time.")
        return
    minutes = answers * cost.seconds / 60
    say_folded(
        f"{line}.\nTime of generating on this device ({visible(cost.device)}): {_minutes(minutes)} per checkpoint, "
        f"{_minutes(minutes * (checkpoints + 1))} in all; larger batches may be faster. Divergence and weights come on "
        "top."
    )
    if cost.memory:
        say_folded(f"{cost.memory[0].upper()}{cost.memory[1:]}.")


def _write(home: Path, settings: Settings) -> None:
    from skillprobe_core.project.edited_settings import write_items

    levels = settings.items.levels
    file = write_items(
        home, {"levels": levels if isinstance(levels, str) else list(levels), "per_level": settings.items.per_level}
    )
    say_folded(f"Written to {visible(file)}. Other items than before begin a new protocol; earlier results stay.")


def _percent(flips: Flips) -> str:
    return f"{100 * flips.share:.3g} %"


def _drop(drop: float | None) -> str:
    return "none" if drop is None else f"{drop:.2f}"


def _million(tokens: float) -> str:
    return f"{tokens / 1e6:.2f} million" if tokens >= 1e4 else f"{tokens:.0f}"


def _minutes(minutes: float) -> str:
    return f"{minutes:.1f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
