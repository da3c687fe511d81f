"""Generation of the `generations` table from items, in chunks that survive a crash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.checkpoints.checkpoint import Checkpoint
from skillprobe_core.measurements.generations import GENERATIONS
from skillprobe_core.progress import Progress, Silent

from .chunk_log import SCHEMA, ChunkLog
from .prompts import encode_prompts, prompt_digest
from .protocol import Backend, Completion, Request, SamplingSettings, in_batch_order
from .reasoning import reasoning_is_open, split_reasoning

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CHUNK_SIZE = 256


def requests_for(items: pl.DataFrame, tokenizer: PreTrainedTokenizerBase, settings: SamplingSettings) -> list[Request]:
    """One request per item and sample, sorted by (item_id, sample); for the columns see `encode_prompts`."""
    return [
        Request(item_id, sample, prompt.ids, settings.row_seed(item_id, sample), prompt.shared)
        for item_id, prompt in sorted(encode_prompts(tokenizer, items).items())
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
) -> pl.DataFrame:
    """Rows of table `generations` for the requests, by item_id and sample.

    Rows in `chunk_log` (same item, sample, prompt and seed) are reused; the others are generated and committed to it
    `chunk_size` at a time, so that a killed process loses at most one chunk. The log's version must cover the
    checkpoint's bytes, the backend and `settings.row_canonical()`. Errors are those of the backend.
    """
    progress = progress or Silent()
    digests = _prompt_digests(requests)
    kept = _matching(chunk_log.rows(), requests, digests)
    known = set(kept.select("item_id", "sample").iter_rows())
    missing = [request for request in requests if (request.item_id, request.sample) not in known]
    progress.advance(len(requests) - len(missing))
    for chunk in _chunks(in_batch_order(missing), chunk_size):
        chunk_log.commit(_rows(backend, chunk, settings, digests, progress))
    if missing:
        chunk_log.compact()
        kept = _matching(chunk_log.rows(), requests, digests)
    frame = kept.sort("item_id", "sample").with_columns(
        model=pl.lit(checkpoint.model),
        step=pl.lit(checkpoint.step),
        item_set=pl.lit(item_set),
        backend=pl.lit(backend.name),
        dtype=pl.lit(backend.dtype, pl.String),
        sampling=pl.lit(settings.row_canonical()),
    )
    return GENERATIONS.conform(frame.select(GENERATIONS.polars_schema.names()))


def _rows(
    backend: Backend,
    chunk: Sequence[Request],
    settings: SamplingSettings,
    digests: dict[tuple[int, ...], str],
    progress: Progress,
) -> pl.DataFrame:
    asked = {(request.item_id, request.sample): request for request in chunk}
    opened = {ids: reasoning_is_open(backend.tokenizer, ids, settings) for ids in {each.prompt_ids for each in chunk}}
    rows = []
    for done in _reported(backend.complete(chunk, settings), progress):
        request = asked.pop((done.item_id, done.sample))
        parts = split_reasoning(backend.tokenizer, done.ids, done.text, settings, opened=opened[request.prompt_ids])
        rows.append(
            {
                "item_id": done.item_id,
                "sample": done.sample,
                "prompt_digest": digests[request.prompt_ids],
                "seed": request.seed,
                "completion": parts.answer,
                "reasoning": parts.reasoning,
                "finish_reason": done.finish_reason,
                "prompt_tokens": len(request.prompt_ids),
                "completion_tokens": len(done.ids),
                "reasoning_tokens": parts.reasoning_tokens,
                "completion_ids": done.ids,
            }
        )
    if asked:
        raise RuntimeError(f"{backend.name} left {len(asked)} of {len(chunk)} requests without a completion")
    return pl.DataFrame(rows, schema=SCHEMA)


def _reported(completions: Iterable[Completion], progress: Progress) -> Iterator[Completion]:
    for completion in completions:
        progress.advance(1, len(completion.ids))
        yield completion


def _chunks(requests: list[Request], size: int) -> Iterator[list[Request]]:
    for start in range(0, len(requests), size):
        yield requests[start : start + size]


def _prompt_digests(requests: Sequence[Request]) -> dict[tuple[int, ...], str]:
    return {ids: prompt_digest(list(ids)) for ids in {request.prompt_ids for request in requests}}


def _matching(rows: pl.DataFrame, requests: Sequence[Request], digests: dict[tuple[int, ...], str]) -> pl.DataFrame:
    keys = {name: SCHEMA[name] for name in ("item_id", "sample", "prompt_digest", "seed")}
    wanted = pl.DataFrame(
        [(each.item_id, each.sample, digests[each.prompt_ids], each.seed) for each in requests],
        schema=keys,
        orient="row",
    )
    return rows.join(wanted, on=list(keys), how="semi", nulls_equal=True)
