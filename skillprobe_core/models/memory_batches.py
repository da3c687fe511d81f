"""Batches by memory: the rows whose caches fit."""

from __future__ import annotations

from transformers import PretrainedConfig, PreTrainedModel

from .device_memory import free_bytes

# Share of the free memory for the cache: the rest is for activations, logits and what other processes take.
_SHARE = 0.5


def cache_bytes(config: PretrainedConfig, itemsize: int) -> int:
    """Bytes that a key-value cache needs per token: keys and values of every layer, which may differ in width.

    An upper bound: layers with windows, shared or compressed caches or a state of fixed size need less.

    Args:
        config: The configuration of the text model.
        itemsize: Bytes of a cached number.
    """
    if getattr(config, "is_heterogeneous", False):
        return sum(_layer_numbers(each) * itemsize for each in config.per_layer_config)
    return (getattr(config, "num_hidden_layers", None) or 0) * _layer_numbers(config) * itemsize


def _layer_numbers(config: PretrainedConfig) -> int:
    """Numbers that a layer keeps per token."""
    heads = getattr(config, "num_attention_heads", None) or 1
    groups = getattr(config, "num_key_value_heads", None) or heads
    size = getattr(config, "head_dim", None) or -(-(getattr(config, "hidden_size", None) or 0) // heads)
    return 2 * groups * size


def rows_within(free: int, columns: int, per_token: int) -> int:
    """Rows of so many tokens whose caches take at most half of the free bytes, at least one."""
    return max(1, int(free * _SHARE) // max(1, columns * per_token))


def fitting_rows(model: PreTrainedModel, columns: int) -> int | None:
    """Rows of so many tokens whose caches fit into half of the free memory, at least one; None if it is not known."""
    free = free_bytes(model.device)
    needed = cache_bytes(model.config.get_text_config(decoder=True), model.dtype.itemsize)
    return None if free is None or needed == 0 else rows_within(free, columns, needed)
