"""Noise floor: one checkpoint evaluated again under other conditions and compared answer by answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
import torch

from skillprobe_core.measurements.generations.generate_rows import answered
from skillprobe_core.models.backend import TOO_LONG, Backend, Request, SamplingSettings
from skillprobe_core.models.backends import all_backends, backend_named
from skillprobe_core.models.completion_limits import split_by_room
from skillprobe_core.progress import Progress, Silent

ANSWERS = pl.Schema(
    {
        "item_id": pl.String(),
        "sample": pl.Int32(),
        "completion": pl.String(),
        "reasoning": pl.String(),
        "finish_reason": pl.String(),
        "ids": pl.List(pl.Int32),
    }
)
KEY = ("item_id", "sample")


BASELINE = "baseline"
"""Name of the condition that the others are compared with."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A way to run a checkpoint: backend, type, and number of prompts at a time (None: the backend's default)."""

    name: str
    backend: str
    dtype: torch.dtype | None = None
    rows_at_once: int | None = None


def noise_conditions(backend: str, dtype: torch.dtype, *, server: bool = False) -> tuple[Condition, ...]:
    """The conditions to compare for a checkpoint that `backend` runs in `dtype`; the first one is the baseline.

    The others are a repetition, two batch sizes, the other one of float32 and bfloat16, and each other backend that is
    installed, a server only with `server`. A server chooses its own type and batches, so these are not varied on it.
    """
    found = [Condition(BASELINE, backend, dtype), Condition("repeat", backend, dtype)]
    if not backend_named(backend).server:
        other = torch.bfloat16 if dtype is torch.float32 else torch.float32
        found += [Condition(f"batch {rows}", backend, dtype, rows) for rows in (1, 7)]
        found.append(Condition(str(other).removeprefix("torch."), backend, other))
    for offer in all_backends():
        if offer.name != backend and offer.installed() and (server or not offer.server):
            found.append(Condition(offer.name, offer.name, None if offer.server else dtype))
    return tuple(found)


def answers(
    backend: Backend,
    requests: Sequence[Request],
    settings: SamplingSettings,
    *,
    rows_at_once: int | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Completions by item and sample (columns of `ANSWERS`), generated for `rows_at_once` prompts at a time."""
    asked, too_long = split_by_room(requests, backend.positions)
    rows: list[tuple[object, ...]] = [(each.item_id, each.sample, "", None, TOO_LONG, []) for each in too_long]
    for part in _parts(asked, rows_at_once or max(len(asked), 1)):
        for each, done, parts in answered(backend, part, settings, progress or Silent()):
            rows.append((each.item_id, each.sample, parts.answer, parts.reasoning, done.finish_reason, done.ids))
    return pl.DataFrame(rows, schema=ANSWERS, orient="row").sort(KEY)


def answer_noise(baseline: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Agreement of two frames of `answers` to the same questions: one row per item and sample.

    `same` is true if all tokens are equal; `shared_tokens` counts the tokens before the first that differs.
    """
    pairs = baseline.join(other, on=KEY, how="inner", suffix="_other", validate="1:1")
    shared = [
        next((place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
        for one, two in pairs.select("ids", "ids_other").iter_rows()
    ]
    return pairs.select(
        *KEY, same=pl.col("ids") == pl.col("ids_other"), shared_tokens=pl.Series(shared, dtype=pl.Int32)
    )


def verdict_noise(baseline: pl.DataFrame, other: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Share of verdicts that flip between correct and not, per skill and for `all`.

    Takes two frames with item_id, sample and verdict, and the items with their skill. Columns: skill, n, flips,
    flip_rate, accuracy_change (other minus baseline), and accuracy_floor, the change that flips at this rate explain:
    each flipped answer moves the accuracy by ±1/n, so their sum has a standard deviation of √(flip_rate/n), and 95 %
    of changes lie within 1.96 times that.
    """
    correct = pl.col("verdict") == "correct"
    pairs = (
        baseline.select(*KEY, before=correct)
        .join(other.select(*KEY, after=correct), on=KEY, how="inner", validate="1:1")
        .join(items.select("item_id", "skill"), on="item_id", how="inner")
    )
    everything = pairs.with_columns(skill=pl.lit("all"))
    flips = pl.col("before") != pl.col("after")
    return (
        pl.concat([pairs, everything])
        .group_by("skill")
        .agg(
            n=pl.len(),
            flips=flips.sum(),
            flip_rate=flips.mean(),
            accuracy_change=pl.col("after").mean() - pl.col("before").mean(),
            accuracy_floor=1.96 * (flips.mean() / pl.len()).sqrt(),
        )
        .sort("skill")
    )


def _parts(requests: Sequence[Request], size: int) -> Iterator[Sequence[Request]]:
    for start in range(0, len(requests), size):
        yield requests[start : start + size]
