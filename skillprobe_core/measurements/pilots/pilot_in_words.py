"""The result of a pilot in words, and as a table of kinds."""

from __future__ import annotations

import polars as pl

_NAMED = 5


def pilot_in_words(pilot: pl.DataFrame) -> str:
    """State in one or two sentences what a pilot chose, what it cost, and how many kinds are not informative.

    pilot: rows of table `pilots`, of one base.
    """
    levels = sorted(pilot.filter("chosen")["level"].unique())
    tokens = pilot.select(pl.col("prompt_tokens") + pl.col("completion_tokens")).sum().item()
    shown = str(levels[0]) if len(levels) == 1 else f"{levels[0]} to {levels[-1]}"
    kinds = pilot["kind"].n_unique()
    text = (
        f"A pilot on the base ({pilot['items'].sum():,} items, {tokens:,} tokens) chose the levels of "
        f"{kinds} kind{'s' * (kinds != 1)}, from {shown}."
    )
    dull = pilot.filter(~pl.col("informative") & pl.col("chosen")).sort("kind")
    if dull.is_empty():
        return f"{text} All kinds are informative."
    why = pl.col("place").replace_strict({"easy": "too easy", "hard": "too hard"}, default="no pilot items")
    named = dull.select(pl.format("{} ({})", "kind", why)).to_series().to_list()
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return (
        f"{text} {len(named)} of them {'is' if len(named) == 1 else 'are'} uninformative, since the base is right in "
        f"30 to 85 % at none of their levels: {', '.join(named[:_NAMED])}{more}."
    )


def pilot_by_kind(pilot: pl.DataFrame) -> pl.DataFrame:
    """One row per kind: skill, domain, kind, correct answers of all items by level, chosen levels, informative."""
    looked = pl.format("{}: {}/{}", "level", "right", "items").sort_by("level").str.join(", ")
    chosen = pl.col("level").filter("chosen").sort().cast(pl.String).str.join(" ")
    return (
        pilot.group_by("skill", "domain", "kind")
        .agg(looked.alias("right by level"), chosen.alias("chosen"), pl.col("informative").first())
        .sort("skill", "domain", "kind")
    )
