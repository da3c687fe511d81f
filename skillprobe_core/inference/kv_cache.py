"""A key-value cache that is allocated once, so that a decoding step copies no past."""

from __future__ import annotations

import torch
from transformers import PreTrainedModel
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer


class PreallocatedLayer(DynamicLayer):  # type: ignore[misc]
    """Full-attention cache of one layer; `keys` and `values` are views of the part in use.

    Buffers have shape (rows, heads, capacity, head size). The library's own layer concatenates, which copies
    the whole past of every row at every step.
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
        """Write the new columns behind the used ones; all used ones, the new ones included, come back."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self._used + key_states.shape[2]
        self._keys[:, :, self._used : end] = key_states
        self._values[:, :, self._used : end] = value_states
        self._used = end
        self._show()
        return self.keys, self.values

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
    """A cache for `capacity` columns; layers that are not full attention (sliding windows) keep the library's own."""
    cache = DynamicCache(config=model.config.get_text_config(decoder=True))
    cache.layers = [PreallocatedLayer(capacity) if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache
