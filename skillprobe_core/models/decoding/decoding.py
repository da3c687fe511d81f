"""The decoding loop: one left-padded batch of prompts, each row until its end token or limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

from skillprobe_core.models.backend import SamplingSettings

from .attention import Span, spans_of
from .prefill import Forward, prefill
from .sampling import TokenChoice

# Finished rows are dropped from the batch once they make up this share of it: dropping each one would copy more.
_DROP_SHARE = 0.125


class BadLogitsError(ValueError):
    """NaN or infinite logits at a position where a token is chosen."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row to decode: prompt, seed (None: greedy), token limit, and number of first ids that other rows share."""

    prompt: tuple[int, ...]
    seed: int | None
    limit: int
    shared: int = 0


@torch.inference_mode()
def decode(
    model: PreTrainedModel,
    rows: Sequence[Row],
    settings: SamplingSettings,
    end_ids: frozenset[int],
    stopped: Callable[[list[int]], bool],
    *,
    first_position: int = 0,
) -> Iterator[tuple[int, list[int]]]:
    """Yield (index of the row, its token ids) as rows finish; the ids keep the end token.

    Rows with the same prompt share its prefill, and rows whose prompts begin alike share the prefill of the beginning.
    `stopped` is true for a row's ids once they contain a stop text. `first_position` is that of a text's first token.
    Raises BadLogitsError for NaN or infinite logits.
    """
    device, forward = model.device, Forward(model, first_position)
    asking: dict[tuple[int, ...], list[int]] = {}
    for number, each in enumerate(rows):
        asking.setdefault(each.prompt, []).append(number)
    prompts = list(asking)
    width, steps = max(map(len, prompts)), max(each.limit for each in rows)
    start = prefill(forward, prompts, [rows[numbers[0]].shared for numbers in asking.values()], width + steps)
    cache, logits, padded = start.cache, start.logits, start.mask is not None
    mask = torch.ones((len(prompts), width + steps), dtype=torch.long, device=device)
    if start.mask is not None:
        mask[:, :width] = start.mask
    order: list[int] = []  # row in each place of the batch
    copies: list[int] = []
    for place, number in enumerate(start.order):
        order += asking[prompts[number]]
        copies += [place] * len(asking[prompts[number]])
    if len(prompts) < len(rows):
        chosen = torch.tensor(copies, device=device)
        logits, mask = logits[chosen], mask[chosen]
        cache.batch_select_indices(chosen)
    lengths = torch.tensor([len(rows[row].prompt) for row in order], device=device)
    choice = TokenChoice(
        [rows[row].prompt for row in order], [rows[row].seed for row in order], steps, settings, logits
    )
    spans = _spans(mask, width)
    places: list[int | None] = list(order)  # None when finished
    made: list[list[int]] = [[] for _ in rows]
    for step in range(steps):
        if not bool(torch.isfinite(logits.amax(dim=-1)).all()):
            raise BadLogitsError
        chosen = choice.next(logits)
        for place, (row, token) in enumerate(zip(places, chosen.tolist(), strict=True)):
            if row is None:
                continue
            made[row].append(token)
            if token in end_ids or len(made[row]) >= rows[row].limit or stopped(made[row]):
                places[place] = None
                yield row, made[row]
        finished = places.count(None)
        if finished == len(places):
            return
        if finished >= _DROP_SHARE * len(places):
            kept = torch.tensor([place for place, row in enumerate(places) if row is not None], device=device)
            chosen, mask, lengths = chosen[kept], mask[kept], lengths[kept]
            choice.keep(kept)
            cache.batch_select_indices(kept)
            places = [row for row in places if row is not None]
            spans = _spans(mask, width)
        seen = mask[:, : width + step + 1] if padded else None
        within = [(span, columns + step + 1) for span, columns in spans]
        logits = forward(chosen[:, None], (lengths + step)[:, None], seen, cache, within)


def _spans(mask: torch.Tensor, width: int) -> list[Span]:
    """Spans of the prompts' `width` columns for each row; empty on a GPU, where calls cost more than padding."""
    if mask.device.type != "cpu":
        return []
    return spans_of((width - mask[:, :width].argmax(dim=1)).tolist())
