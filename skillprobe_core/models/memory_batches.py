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


def widest(config: PretrainedConfig, name: str) -> int:
    """The largest value of a size over all layers: some configurations have a list, or one per layer; 0 if none."""
    layers = config.per_layer_config if getattr(config, "is_heterogeneous", False) else [config]
    found = [getattr(each, name, None) for each in layers]
    sizes = [size for each in found for size in (each if isinstance(each, list | tuple) else [each])]
    return max((size for size in sizes if isinstance(size, int)), default=0)


def _layer_numbers(config: PretrainedConfig) -> int:
    """Numbers that a layer keeps per token."""
    heads = widest(config, "num_attention_heads") or 1
    groups = widest(config, "num_key_value_heads") or heads
    size = widest(config, "head_dim") or -(-widest(config, "hidden_size") // heads)
    return 2 * groups * size


def rows_within(free: int, columns: int, per_token: int) -> int:
    """Rows of so many tokens whose caches take at most half of the free bytes, at least one."""
    return max(1, int(free * _SHARE) // max(1, columns * per_token))


def fitting_rows(model: PreTrainedModel, columns: int) -> int | None:
    """Rows of so many tokens whose caches fit into half of the free memory, at least one; None if it is not known."""
    free = free_bytes(model.device)
    needed = cache_bytes(model.config.get_text_config(decoder=True), model.dtype.itemsize)
    return None if free is None or needed == 0 else rows_within(free, columns, needed)
