"""Reading the prompts of a batch: left-padded, what several of them begin with once."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel
from transformers.cache_utils import Cache

from .kv_cache import allocate_cache, join_caches, shares_starts


class Forward:
    """A model's forward pass over new columns of a cache, with the arguments that its class takes."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        self._accepted = inspect.signature(model.forward).parameters

    def __call__(
        self, ids: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor | None, cache: Cache
    ) -> torch.Tensor:
        """Logits of the last column, (rows, vocabulary), in float32; `mask` covers used and new columns."""
        extra = {"position_ids": positions, "logits_to_keep": 1}
        output = self.model(
            input_ids=ids,
            attention_mask=mask,
            past_key_values=cache,
            use_cache=True,
            **{name: value for name, value in extra.items() if name in self._accepted},
        )
        last: torch.Tensor = output.logits[:, -1].float()
        return last


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What reading gave: logits (prompts, vocabulary), the cache, and which of its used columns hold tokens.

    `mask` is (prompts, used columns), None where all columns do.
    """

    logits: torch.Tensor
    cache: Cache
    mask: torch.Tensor | None


def prefill(forward: Forward, prompts: Sequence[tuple[int, ...]], shared: Sequence[int], capacity: int) -> Prefilled:
    """Read `prompts` into a cache of `capacity` columns, each ending at the same column.

    `shared` says how many ids at the start of each prompt others may have too. What several prompts begin with is
    computed once, unless the model has other than full attention, whose windows are counted in columns.
    """
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, prompt in enumerate(prompts):
        groups.setdefault(prompt[: shared[number]], []).append(number)
    alone = [members[0] for members in groups.values() if len(members) == 1]
    starts = [(len(start), members) for start, members in groups.items() if len(members) > 1]
    if not any(length for length, _ in starts) or not shares_starts(forward.model):
        return _read(forward, prompts, 0, capacity)
    if alone:
        starts.append((0, alone))
    parts = []
    for length, members in starts:
        own = [prompts[number] for number in members]
        parts.append(_read(forward, own, length, max(map(len, own))))
    order = torch.tensor([number for _, members in starts for number in members], device=forward.model.device)
    return _joined(parts, order.argsort(), max(map(len, prompts)), capacity)


def _read(forward: Forward, prompts: Sequence[tuple[int, ...]], start: int, capacity: int) -> Prefilled:
    """Prompts whose first `start` ids are the same: those once, as the first columns, then the rest, left-padded."""
    model, device = forward.model, forward.model.device
    cache = allocate_cache(model, capacity)
    width = max(map(len, prompts)) - start
    ids = torch.tensor([[0] * (width + start - len(each)) + list(each[start:]) for each in prompts], device=device)
    padding = torch.tensor([width + start - len(each) for each in prompts], device=device)[:, None]
    columns = torch.arange(width, device=device)
    if start:
        first = torch.tensor([prompts[0][:start]], device=device)
        forward(first, torch.arange(start, device=device)[None], None, cache)
        cache.batch_select_indices(torch.zeros(len(prompts), dtype=torch.long, device=device))
    mask = None
    if bool(padding.any()):
        mask = torch.cat([columns.new_ones(len(prompts), start), (columns >= padding).long()], dim=1)
    logits = forward(ids, start + (columns - padding).clamp(min=0), mask, cache)
    return Prefilled(logits, cache, mask)


def _joined(parts: Sequence[Prefilled], order: torch.Tensor, width: int, capacity: int) -> Prefilled:
    """Several parts as one, its rows in `order`, with columns before those of the shorter parts."""
    masks = []
    for part in parts:
        used = part.cache.get_seq_length()
        mask = part.logits.new_ones(len(part.logits), used, dtype=torch.long) if part.mask is None else part.mask
        masks.append(torch.nn.functional.pad(mask, (width - used, 0)))
    cache = join_caches([part.cache for part in parts], width, capacity)
    cache.batch_select_indices(order)
    return Prefilled(torch.cat([part.logits for part in parts])[order], cache, torch.cat(masks)[order])
