"""Prefill of a batch: shared beginnings of prompts are computed once, the rest with little padding."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel
from transformers.cache_utils import Cache

from .attention import Span, within
from .kv_cache import allocate_cache, join_caches, joins

# A part with fewer tokens does not fill the device. A part is closed when padding would exceed this ratio.
_FEWEST_TOKENS = {"cpu": 192, "cuda": 8192}
_MOST_PADDING = 1.05


class Forward:
    """A model's forward pass over new columns of a cache, with the arguments that its class takes.

    `first_position` is the position that the class gives to the first token of a text.
    """

    def __init__(self, model: PreTrainedModel, first_position: int = 0) -> None:
        self.model = model
        self._first_position = first_position
        self._accepted = inspect.signature(model.forward).parameters

    def __call__(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor,
        mask: torch.Tensor | None,
        cache: Cache,
        spans: Sequence[Span] = (),
    ) -> torch.Tensor:
        """Logits of the last column, (rows, vocabulary), in the model's type; `mask` covers used and new columns.

        For a step of one column, `spans` gives the columns that hold each row's tokens; empty for all columns.
        """
        extra = {"position_ids": positions + self._first_position, "logits_to_keep": 1}
        with within(self.model, spans):
            output = self.model(
                input_ids=ids,
                attention_mask=mask,
                past_key_values=cache,
                use_cache=True,
                **{name: value for name, value in extra.items() if name in self._accepted},
            )
        last: torch.Tensor = output.logits[:, -1]
        return last


@dataclass(frozen=True, slots=True)
class Prefilled:
    """Result of a prefill: logits (prompts, vocabulary), the cache, and the mask of its used columns.

    `mask` is (prompts, used columns), None if all of them hold tokens. `order` has the prompt's number for each row.
    """

    logits: torch.Tensor
    cache: Cache
    mask: torch.Tensor | None
    order: Sequence[int]


def prefill(forward: Forward, prompts: Sequence[tuple[int, ...]], shared: Sequence[int], capacity: int) -> Prefilled:
    """Prefill `prompts` into a cache of `capacity` columns, all ending at the same column, in any order of rows.

    `shared` gives the number of ids at the start of each prompt that other prompts may share. Shared beginnings are
    computed once, and prompts of different lengths are computed separately, with little padding. Both need full
    attention in all layers, since windows of other kinds are counted in columns; other models use a single batch.
    """
    if not joins(forward.model):
        return _read(forward, prompts, range(len(prompts)), None, capacity)
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, prompt in enumerate(prompts):
        groups.setdefault(prompt[: shared[number]], []).append(number)
    alone = [members.pop() for members in groups.values() if len(members) == 1]
    parts: list[tuple[Cache | None, list[int]]] = []
    for start, members in (*groups.items(), ((), alone)):
        first = _first(forward, start) if start and members else None
        buckets = _buckets([len(prompts[number]) - len(start) for number in members], forward.model.device.type)
        parts += [(first, [members[place] for place in bucket]) for bucket in buckets]
    if len(parts) == 1:
        first, chosen = parts[0]
        return _read(forward, prompts, chosen, first, capacity)
    read = [
        _read(forward, prompts, chosen, first, max(len(prompts[number]) for number in chosen))
        for first, chosen in parts
    ]
    return _joined(read, max(map(len, prompts)), capacity)


def _buckets(lengths: Sequence[int], device: str) -> Iterator[list[int]]:
    """Groups of prompts of similar lengths, the longest first: with little padding, or too few tokens to split."""
    fewest = _FEWEST_TOKENS.get(device, 4096)
    bucket: list[int] = []
    tokens = 0
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        longest = lengths[bucket[0]] if bucket else 0
        if tokens >= fewest and longest * (len(bucket) + 1) > _MOST_PADDING * (tokens + lengths[place]):
            yield bucket
            bucket, tokens = [], 0
        bucket.append(place)
        tokens += lengths[place]
    if bucket:
        yield bucket


def _first(forward: Forward, start: tuple[int, ...]) -> Cache:
    """A cache of one row that holds a shared beginning of prompts."""
    cache, device = allocate_cache(forward.model, len(start)), forward.model.device
    forward(torch.tensor([start], device=device), torch.arange(len(start), device=device)[None], None, cache)
    return cache


def _read(
    forward: Forward, all_prompts: Sequence[tuple[int, ...]], order: Sequence[int], first: Cache | None, capacity: int
) -> Prefilled:
    """Prefill the prompts in `order`, which all begin with `first`: its columns, then the rest, left-padded."""
    model, device = forward.model, forward.model.device
    prompts = [all_prompts[number] for number in order]
    start = 0 if first is None else first.get_seq_length()
    width = max(map(len, prompts)) - start
    ids = torch.tensor([[0] * (width + start - len(each)) + list(each[start:]) for each in prompts], device=device)
    padding = torch.tensor([width + start - len(each) for each in prompts], device=device)[:, None]
    columns = torch.arange(width, device=device)
    if first is None:
        cache = allocate_cache(model, capacity)
    else:
        cache = join_caches([first], start, capacity)
        cache.batch_select_indices(torch.zeros(len(prompts), dtype=torch.long, device=device))
    mask = None
    if bool(padding.any()):
        mask = torch.cat([columns.new_ones(len(prompts), start), (columns >= padding).long()], dim=1)
    logits = forward(ids, start + (columns - padding).clamp(min=0), mask, cache)
    return Prefilled(logits, cache, mask, order)


def _joined(parts: Sequence[Prefilled], width: int, capacity: int) -> Prefilled:
    """The rows of all parts, one part after the other, with padding before those of the shorter parts."""
    masks = []
    for part in parts:
        used = part.cache.get_seq_length()
        mask = part.logits.new_ones(len(part.logits), used, dtype=torch.long) if part.mask is None else part.mask
        masks.append(torch.nn.functional.pad(mask, (width - used, 0)))
    cache = join_caches([part.cache for part in parts], width, capacity)
    order = [number for part in parts for number in part.order]
    return Prefilled(torch.cat([part.logits for part in parts]), cache, torch.cat(masks), order)
