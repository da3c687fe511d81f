"""Choice of the decoding for a model: by columns of a cache, by the library's `generate`, or without a cache."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

import torch
from torch import nn
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, PreTrainedModel
from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer
from transformers.generation import GenerationMixin

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.text_model import ordinary_ids

from .decoding import Row, decode
from .library_generation import generate, plain_defaults, recompute


class Decode(Protocol):
    """Yields (index of the row, its token ids) as rows finish."""

    def __call__(
        self,
        model: PreTrainedModel,
        rows: Sequence[Row],
        settings: SamplingSettings,
        end_ids: frozenset[int],
        stopped: Callable[[list[int]], bool],
    ) -> Iterator[tuple[int, list[int]]]:
        """Decode all rows."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """A way to decode. `first_position`: the position of a text's first token; positions before it hold no token."""

    name: Literal["own", "library", "recomputed"]
    decode: Decode
    first_position: int = 0


def decoding_of(model: PreTrainedModel) -> Decoding:
    """The fastest decoding that continues a short text as the model's forward pass reads it."""
    if decodes_by_column(model):
        first = first_position(model)
        if first is not None:
            return Decoding("own", partial(decode, first_position=first), first)
    if continues_as_read(model):
        return Decoding("library", generate)
    return Decoding("recomputed", recompute)


def decodes_by_column(model: PreTrainedModel) -> bool:
    """True if rows of the model's cache may be padded on the left, dropped and reordered, as `decode` does.

    Checked are properties, not names: the class takes positions and a cache, computes attention through the library's
    interface (others count distances in columns, as ALiBi and local attention do), has no recurrent state, and every
    layer has a cache of full or sliding attention of its own. Chunks of attention begin at fixed columns, so models
    with chunks are excluded. `first_position` runs a short text besides.
    """
    accepted = inspect.signature(model.forward).parameters
    if not model._supports_attention_backend or model._is_stateful:
        return False
    if not {"position_ids", "past_key_values", "attention_mask"} <= accepted.keys():
        return False
    text = model.config.get_text_config(decoder=True)
    if getattr(text, "attention_chunk_size", None) is not None:
        return False
    layers = DynamicCache(config=text).layers
    return all(type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in layers)


@torch.inference_mode()
def first_position(model: PreTrainedModel) -> int | None:
    """The position that the class gives to the first token of a text; None if it cannot be decoded by column.

    It is 0 for most classes. RoBERTa and its successors count from the id of the padding token. A short text has to
    fill its columns in every layer of the cache: layers that read images have no columns of text (Mllama).
    """
    ids = torch.tensor([ordinary_ids(model)], device=model.device)
    plain = model(input_ids=ids, use_cache=False).logits.float()
    for first in (0, *_after_padding(model)):
        positions = torch.arange(first, first + ids.shape[1], device=model.device)[None]
        cache = DynamicCache(config=model.config.get_text_config(decoder=True))
        given = model(input_ids=ids, position_ids=positions, past_key_values=cache, use_cache=True).logits.float()
        if any(layer.get_seq_length() != ids.shape[1] for layer in cache.layers):
            return None
        if _alike(plain, given, 1e-2):
            return first
    return None


@torch.inference_mode()
def continues_as_read(model: PreTrainedModel) -> bool:
    """True if `generate` gives two short texts, token by token, the logits of a forward pass over all of them.

    Positions that the class does not use and states that are handed on wrongly, or mixed between rows (RWKV), make a
    difference of the logits' own size. The tolerance is that of the model's type, since states and chunks are rounded
    differently.
    """
    ids = ordinary_ids(model)
    if len(ids) < _PROMPT + 1:
        return True
    text = torch.tensor([ids, ids[::-1]], device=model.device)
    forced = _Forced(text[:, _PROMPT:])
    try:
        with plain_defaults(model):
            GenerationMixin.generate(
                model,
                text[:, :_PROMPT],
                attention_mask=torch.ones_like(text[:, :_PROMPT]),
                generation_config=GenerationConfig(
                    max_new_tokens=len(ids) - _PROMPT + 1, do_sample=False, use_cache=True, pad_token_id=ids[0]
                ),
                logits_processor=LogitsProcessorList([forced]),
            )
    except torch.OutOfMemoryError:
        raise
    except Exception:  # whatever the class's cache lacks: such a class is decoded without one
        return False
    plain = model(input_ids=text, use_cache=False).logits[:, _PROMPT - 1 :].float()
    return _alike(plain, torch.stack(forced.seen, dim=1).float(), max(1e-2, 32 * torch.finfo(model.dtype).eps))


_PROMPT = 2
"""Tokens of each text that `generate` is given as its prompt; it is led through the others."""


class _Forced(LogitsProcessor):  # type: ignore[misc]
    """Records the scores of each step and leaves one token of each row possible: the text's next, at last any."""

    def __init__(self, tokens: torch.Tensor) -> None:
        self._tokens = tokens
        self.seen: list[torch.Tensor] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores with every other token at minus infinity."""
        step = len(self.seen)
        self.seen.append(scores.clone())
        if step >= self._tokens.shape[1]:
            return scores
        return torch.full_like(scores, -torch.inf).scatter_(1, self._tokens[:, step, None], 0.0)


def _alike(plain: torch.Tensor, given: torch.Tensor, tolerance: float) -> bool:
    """True if no logit differs by more than so much of the largest."""
    if plain.shape != given.shape:
        return False
    return bool(torch.allclose(plain, given, rtol=tolerance, atol=tolerance * float(plain.abs().max())))


def _after_padding(model: PreTrainedModel) -> list[int]:
    """First positions of tables of positions that hold a row for padding, if there are any."""
    tables = (module for name, module in model.named_modules() if name.endswith("position_embeddings"))
    rows = {table.padding_idx for table in tables if isinstance(table, nn.Embedding)}
    return sorted(row + 1 for row in rows if row is not None)
