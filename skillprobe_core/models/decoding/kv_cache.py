"""A key-value cache that is allocated once, so that a decoding step does not copy past columns."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer


class PreallocatedLayer(DynamicLayer):  # type: ignore[misc]
    """Full-attention cache of one layer; `keys` and `values` are views of the part in use.

    Buffers have shape (rows, heads, capacity, head size). The library's own layer concatenates, which copies all past
    columns of every row at every step.
    """

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self._capacity = capacity
        self._used = 0

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Allocate the buffers for the rows of the first call."""
        self.dtype, self.device = key_states.dtype, key_states.device
        self._keys, self._values = (
            torch.empty((*states.shape[:2], self._capacity, states.shape[3]), dtype=states.dtype, device=states.device)
            for states in (key_states, value_states)
        )
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the new columns after the used ones; returns all used columns, including the new ones."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self._used + key_states.shape[2]
        self._keys[:, :, self._used : end] = key_states
        self._values[:, :, self._used : end] = value_states
        self._used = end
        self._show()
        return self.keys, self.values

    def take(self, parts: Sequence[PreallocatedLayer], width: int) -> None:
        """Fill this layer with the rows of all parts, one part after the other, each ending at column `width`.

        Columns before a shorter part are zero: masked columns still enter sums and must not be NaN.
        """
        rows = sum(len(part.keys) for part in parts)
        self.dtype, self.device = parts[0].keys.dtype, parts[0].keys.device
        self._keys, self._values = (
            sample.new_empty((rows, sample.shape[1], self._capacity, sample.shape[3]))
            for sample in (parts[0].keys, parts[0].values)
        )
        start = 0
        for part in parts:
            end, first = start + len(part.keys), width - part._used
            for buffer, states in ((self._keys, part.keys), (self._values, part.values)):
                buffer[start:end, :, :first] = 0
                buffer[start:end, :, first:width] = states
            start = end
        self._used, self.is_initialized = width, True
        self._show()

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep these rows, in this order; an index may repeat."""
        self._keys, self._values = (self._select(buffer, indices) for buffer in (self._keys, self._values))
        self._show()

    def _select(self, buffer: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        chosen = buffer.new_empty((len(indices), *buffer.shape[1:]))
        chosen[:, :, : self._used] = buffer[indices, :, : self._used]
        return chosen

    def _show(self) -> None:
        self.keys = self._keys[:, :, : self._used]
        self.values = self._values[:, :, : self._used]


def allocate_cache(model: PreTrainedModel, capacity: int) -> Cache:
    """A cache for `capacity` columns; layers without full attention (sliding windows) keep the library's own cache."""
    cache = DynamicCache(config=model.config.get_text_config(decoder=True))
    cache.layers = [PreallocatedLayer(capacity) if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def joins(model: PreTrainedModel) -> bool:
    """True if rows may be moved between caches and padded in between, which needs full attention in all layers."""
    return all(type(layer) is PreallocatedLayer for layer in allocate_cache(model, 1).layers)


def join_caches(caches: Sequence[Cache], width: int, capacity: int) -> Cache:
    """One cache of `capacity` columns with the rows of all full-attention caches, each ending at column `width`."""
    joined = DynamicCache()
    for parts in zip(*(cache.layers for cache in caches), strict=True):
        layer = PreallocatedLayer(capacity)
        layer.take(parts, width)
        joined.layers.append(layer)
    return joined
