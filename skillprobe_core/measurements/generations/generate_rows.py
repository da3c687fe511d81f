"""Generation of the `generations` table from items, in chunks that survive a crash."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.benchmark.fair_reading import FAIR
from skillprobe_core.models.backend import TOO_LONG, Backend, Completion, Request, SamplingSettings, in_batch_order
from skillprobe_core.models.completion_limits import split_by_room
from skillprobe_core.models.completion_text import cut_at_repetition
from skillprobe_core.models.prompt_format import OWN, PromptFormat
from skillprobe_core.models.prompts import encode_prompts, prompt_digest, reference_lengths
from skillprobe_core.models.reasoning import Parts, reasoning_is_open, split_reasoning
from skillprobe_core.progress import Progress, Silent
from skillprobe_core.runs.checkpoint import Checkpoint

from .chunk_log import SCHEMA, ChunkLog
from .generations_table import GENERATIONS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CHUNK_SIZE = 256
"""Most completions that wait to be committed."""

CHUNK_SECONDS = 2.0
"""Completions that have waited for so many seconds are committed with the next one that finishes."""


def requests_for(
    items: pl.DataFrame, tokenizer: PreTrainedTokenizerBase, settings: SamplingSettings, form: PromptFormat = OWN
) -> list[Request]:
    """One request per item and sample, sorted by (item_id, sample); for the columns see `encode_prompts`."""
    lengths = reference_lengths(tokenizer, items)
    return [
        Request(item_id, sample, prompt.ids, settings.row_seed(item_id, sample), prompt.shared, lengths[item_id])
        for item_id, prompt in sorted(encode_prompts(tokenizer, items, form).items())
        for sample in range(settings.samples)
    ]


def generate(
    backend: Backend,
    requests: Sequence[Request],
    settings: SamplingSettings,
    *,
    checkpoint: Checkpoint,
    item_set: str,
    chunk_log: ChunkLog,
    chunk_size: int = CHUNK_SIZE,
    progress: Progress | None = None,
    some_must_fit: bool = True,
    confirm: Callable[[], None] = lambda: None,
) -> pl.DataFrame:
    """Rows of table `generations` for the requests, by item_id and sample.

    Rows in `chunk_log` (same item, sample, prompt and seed) are reused. The backend gets all others at once, and rows
    are committed as they finish, so that a killed process loses less than one chunk of `chunk_size` rows. If the
    backend raises, all finished rows are committed before. The log's version must cover the checkpoint's bytes, the
    backend and `settings.row_canonical()`. `confirm` raises if the bytes are others by now; rows that wait are then not
    committed. A prompt that leaves no room in the model's context gets a row without a completion (`too_long`). Errors
    are those of the backend, if `some_must_fit` also where no prompt leaves room.
    """
    progress = progress or Silent()
    digests = prompt_digests(requests)
    asked, too_long = split_by_room(requests, backend.positions, some_must_fit=some_must_fit)
    kept = _matching(chunk_log.rows(), asked, digests)
    known = set(kept.select("item_id", "sample").iter_rows())
    missing = [request for request in asked if (request.item_id, request.sample) not in known]
    progress.advance(len(requests) - len(missing))
    _commit(chunk_log, _rows(backend, in_batch_order(missing), settings, digests, progress), chunk_size, confirm)
    chunk_log.compact()
    if missing:
        kept = _matching(chunk_log.rows(), asked, digests)
    rows = pl.concat([kept, _unanswered(too_long, digests)])
    frame = rows.sort("item_id", "sample").with_columns(
        model=pl.lit(checkpoint.model),
        step=pl.lit(checkpoint.step),
        item_set=pl.lit(item_set),
        reading=pl.lit(FAIR),
        backend=pl.lit(backend.name),
        dtype=pl.lit(backend.dtype, pl.String),
        sampling=pl.lit(settings.row_canonical()),
    )
    return GENERATIONS.conform(frame.select(GENERATIONS.computed_schema.names()))


def _commit(
    chunk_log: ChunkLog, rows: Iterable[Mapping[str, object]], chunk_size: int, confirm: Callable[[], None]
) -> None:
    """Commit rows as they come, also those that came before an error, each time after `confirm`."""
    waiting: list[Mapping[str, object]] = []
    since = time.monotonic()
    try:
        for row in rows:
            waiting.append(row)
            if len(waiting) >= chunk_size or time.monotonic() - since >= CHUNK_SECONDS:
                confirm()
                chunk_log.commit(pl.DataFrame(waiting, schema=SCHEMA))
                waiting, since = [], time.monotonic()
    finally:
        if waiting:
            confirm()
            chunk_log.commit(pl.DataFrame(waiting, schema=SCHEMA))


def _rows(
    backend: Backend,
    requests: Sequence[Request],
    settings: SamplingSettings,
    digests: dict[tuple[int, ...], str],
    progress: Progress,
) -> Iterator[dict[str, object]]:
    for request, done, parts in answered(backend, requests, settings, progress):
        yield {
            **_asked(request, digests),
            "completion": parts.answer,
            "reasoning": parts.reasoning,
            "finish_reason": done.finish_reason,
            "completion_tokens": len(done.ids),
            "reasoning_tokens": parts.reasoning_tokens,
            "completion_ids": done.ids if done.sampled else None,
        }


def answered(
    backend: Backend, requests: Sequence[Request], settings: SamplingSettings, progress: Progress
) -> Iterator[tuple[Request, Completion, Parts]]:
    """The backend's completions of the requests, each with its request and its text in parts, as they finish."""
    asked = {(request.item_id, request.sample): request for request in requests}
    prompts = {each.prompt_ids for each in requests}
    opened = {ids: reasoning_is_open(backend.tokenizer, ids, settings) for ids in prompts}
    for completion in backend.complete(requests, settings):
        done = cut_at_repetition(backend.tokenizer, completion, settings)
        progress.advance(1, len(done.ids))
        request = asked.pop((done.item_id, done.sample))
        parts = split_reasoning(backend.tokenizer, done.ids, done.text, settings, opened=opened[request.prompt_ids])
        yield request, done, parts
    if asked:
        raise RuntimeError(f"{backend.name} left {len(asked)} of {len(requests)} requests without a completion")


def _unanswered(requests: Sequence[Request], digests: dict[tuple[int, ...], str]) -> pl.DataFrame:
    """The rows of requests whose prompts leave no room for an answer."""
    rows = [
        {
            **_asked(request, digests),
            "completion": "",
            "reasoning": None,
            "finish_reason": TOO_LONG,
            "completion_tokens": 0,
            "reasoning_tokens": 0,
            "completion_ids": [],
        }
        for request in requests
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def _asked(request: Request, digests: dict[tuple[int, ...], str]) -> dict[str, object]:
    return {
        "item_id": request.item_id,
        "sample": request.sample,
        "prompt_digest": digests[request.prompt_ids],
        "seed": request.seed,
        "prompt_tokens": len(request.prompt_ids),
    }


def prompt_digests(requests: Sequence[Request]) -> dict[tuple[int, ...], str]:
    """The digest of each prompt, by its ids."""
    return {ids: prompt_digest(list(ids)) for ids in {request.prompt_ids for request in requests}}


def _matching(rows: pl.DataFrame, requests: Sequence[Request], digests: dict[tuple[int, ...], str]) -> pl.DataFrame:
    keys = {name: SCHEMA[name] for name in ("item_id", "sample", "prompt_digest", "seed")}
    wanted = pl.DataFrame(
        [(each.item_id, each.sample, digests[each.prompt_ids], each.seed) for each in requests],
        schema=keys,
        orient="row",
    )
    return rows.join(wanted, on=list(keys), how="semi", nulls_equal=True)
