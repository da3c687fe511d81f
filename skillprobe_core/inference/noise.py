"""What changes when nothing should: one checkpoint asked again under other conditions, answer by answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import torch

from skillprobe_core.checkpoints.loading import load_model, load_tokenizer

from .protocol import Backend, Request, SamplingSettings
from .transformers_backend import TransformersBackend
from .vllm_backend import VLLMBackend, vllm_is_installed

ANSWERS = pl.Schema({"item_id": pl.String(), "sample": pl.Int32(), "completion": pl.String(), "ids": pl.List(pl.Int32)})
_KEY = ["item_id", "sample"]


@dataclass(frozen=True, slots=True)
class Condition:
    """How a checkpoint is asked: in which type (None: as stored), in batches of at most how many rows, by vLLM or not.

    The first condition, with nothing set, is what the others are compared with.
    """

    name: str
    dtype: torch.dtype | None = None
    batch_rows: int | None = None
    vllm: bool = False


def noise_conditions(stored: torch.dtype) -> tuple[Condition, ...]:
    """The conditions for a checkpoint stored as `stored`: as usual, the same again, two batch sizes, the other of
    float32 and bfloat16, and vLLM where it is installed.
    """
    other = torch.bfloat16 if stored is torch.float32 else torch.float32
    found = [
        Condition("reference"),
        Condition("repeat"),
        Condition("batch of 1", batch_rows=1),
        Condition("batch of 7", batch_rows=7),
        Condition(str(other).removeprefix("torch."), dtype=other),
    ]
    return tuple(found) if not vllm_is_installed() else (*found, Condition("vllm", vllm=True))


def answers(
    folder: Path, condition: Condition, requests: Sequence[Request], settings: SamplingSettings, device: str = "auto"
) -> pl.DataFrame:
    """Completions of the checkpoint in `folder` under one condition, by item and sample (columns of `ANSWERS`)."""
    backend: Backend
    if condition.vllm:
        backend = VLLMBackend(folder, dtype=condition.dtype)
    else:
        model = load_model(folder, dtype=condition.dtype, device=device)
        backend = TransformersBackend(model, load_tokenizer(folder), folder, batch_rows=condition.batch_rows)
    try:
        rows = [(each.item_id, each.sample, each.text, each.ids) for each in backend.complete(requests, settings)]
    finally:
        backend.close()
    return pl.DataFrame(rows, schema=ANSWERS, orient="row").sort(_KEY)


def answer_noise(reference: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """How far two answers to the same questions agree: one row per item and sample of two frames of `answers`.

    `same` says whether all tokens are the same, `shared_tokens` how many are before the first that differs.
    """
    pairs = reference.join(other, on=_KEY, how="inner", suffix="_other", validate="1:1")
    shared = [
        next((place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
        for one, two in pairs.select("ids", "ids_other").iter_rows()
    ]
    return pairs.select(
        *_KEY, same=pl.col("ids") == pl.col("ids_other"), shared_tokens=pl.Series(shared, dtype=pl.Int32)
    )


def verdict_noise(reference: pl.DataFrame, other: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Share of verdicts that flip between correct and not, per skill and for `all`.

    Takes two frames with item_id, sample and verdict, and the items with their skill. Columns: skill, answers,
    flips, flip_rate, and accuracy_change (other minus reference), whose size is the floor for any difference.
    """
    correct = pl.col("verdict") == "correct"
    pairs = (
        reference.select(*_KEY, before=correct)
        .join(other.select(*_KEY, after=correct), on=_KEY, how="inner", validate="1:1")
        .join(items.select("item_id", "skill"), on="item_id", how="inner")
    )
    everything = pairs.with_columns(skill=pl.lit("all"))
    return (
        pl.concat([pairs, everything])
        .group_by("skill")
        .agg(
            answers=pl.len(),
            flips=(pl.col("before") != pl.col("after")).sum(),
            flip_rate=(pl.col("before") != pl.col("after")).mean(),
            accuracy_change=pl.col("after").mean() - pl.col("before").mean(),
        )
        .sort("skill")
    )
