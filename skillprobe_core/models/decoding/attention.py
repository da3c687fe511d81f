"""Attention of a decoding step on a CPU that skips the padding of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

Span = tuple[slice, int]
"""A range of rows, and the number of last columns that they attend to."""

_NAME = "skillprobe_spans"
# A span ends where a row would fill less than this share of its columns: each span is a call.
_LEAST_FILLED = 0.7

_spans: ContextVar[Sequence[Span]] = ContextVar("spans", default=())


def spans_of(lengths: Sequence[int]) -> list[Span]:
    """Spans of neighbouring rows of similar `lengths` (columns in use), each with the columns of its longest row."""
    spans: list[Span] = []
    start = 0
    for end in range(1, len(lengths) + 1):
        group = lengths[start : end + 1]
        if end == len(lengths) or min(group) < _LEAST_FILLED * max(group):
            spans.append((slice(start, end), max(lengths[start:end])))
            start = end
    return spans


@contextmanager
def within(model: PreTrainedModel, spans: Sequence[Span]) -> Iterator[None]:
    """Within the block, limit the attention of one-column steps to `spans`, if the model uses torch's attention."""
    config = model.config.get_text_config(decoder=True)
    if len(spans) < 2 or config._attn_implementation != "sdpa":
        yield
        return
    token = _spans.set(spans)
    config._attn_implementation = _NAME
    try:
        yield
    finally:
        config._attn_implementation = "sdpa"
        _spans.reset(token)


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,  # noqa: ANN401
) -> tuple[torch.Tensor, None]:
    """transformers' attention with torch, span by span; keys and values end at the newest column in each layer."""
    rows, columns = len(query), key.shape[2]
    if attention_mask is None or attention_mask.shape != (rows, 1, 1, columns):
        whole: tuple[torch.Tensor, None] = sdpa_attention_forward(module, query, key, value, attention_mask, **options)
        return whole
    parts = []
    for span, length in _spans.get():
        first = max(0, columns - length)
        parts.append(
            sdpa_attention_forward(
                module,
                query[span],
                key[span, :, first:],
                value[span, :, first:],
                attention_mask[span, :, :, first:],
                **options,
            )[0]
        )
    return torch.cat(parts), None


def _mask(*arguments: Any, dtype: torch.dtype = torch.float32, **options: Any) -> torch.Tensor | None:  # noqa: ANN401
    """The additive mask, computed once for all layers (torch would derive it from a boolean mask in each layer)."""
    kept = sdpa_mask(*arguments, dtype=dtype, **options)
    if kept is None:
        return None
    return torch.zeros(kept.shape, dtype=dtype, device=kept.device).masked_fill_(~kept, -torch.inf)


AttentionInterface.register(_NAME, _attend)
AttentionMaskInterface.register(_NAME, _mask)
