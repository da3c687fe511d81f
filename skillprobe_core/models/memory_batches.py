"""Batches by memory: the rows whose caches fit, and smaller batches once the device has run out of memory."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import torch
from transformers import PretrainedConfig, PreTrainedModel

from skillprobe_core.machine.processor import free_memory_bytes

Row = TypeVar("Row")
Made = TypeVar("Made")

# Share of the free memory for the cache: the rest is for activations, logits and what other processes take.
_SHARE = 0.5


def cache_bytes(config: PretrainedConfig, itemsize: int) -> int:
    """Bytes that a key-value cache needs per token: keys and values of every layer.

    An upper bound: layers with windows, shared or compressed caches or a state of fixed size need less.

    Args:
        config: The configuration of the text model.
        itemsize: Bytes of a cached number.
    """
    heads = getattr(config, "num_attention_heads", None) or 1
    groups = getattr(config, "num_key_value_heads", None) or heads
    size = getattr(config, "head_dim", None) or -(-(getattr(config, "hidden_size", None) or 0) // heads)
    return 2 * (getattr(config, "num_hidden_layers", None) or 0) * groups * size * itemsize


def free_bytes(device: torch.device) -> int | None:
    """Bytes that are free on a device, with those that torch holds and does not use; None if it does not say."""
    if device.type == "cuda":
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        free: int = torch.cuda.mem_get_info(device)[0] + held
        return free
    return free_memory_bytes() if device.type == "cpu" else None


def fitting_rows(model: PreTrainedModel, columns: int) -> int | None:
    """Rows of so many tokens whose caches fit into half of the free memory, at least one; None if it is not known."""
    free = free_bytes(model.device)
    needed = cache_bytes(model.config.get_text_config(decoder=True), model.dtype.itemsize)
    return None if free is None or needed == 0 else max(1, int(free * _SHARE) // (columns * needed))


def ran_out(error: BaseException) -> bool:
    """True for the errors by which torch and Python say that memory ran out, on any device."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


def halved(
    rows: Sequence[Row], run: Callable[[Sequence[Row]], Iterable[tuple[int, Made]]]
) -> Iterator[tuple[int, Made]]:
    """Run rows as one batch, and those that are not done in two halves where the device runs out of memory.

    Args:
        rows: The batch.
        run: Yields (place in its batch, result) as rows are done, in any order.

    Yields:
        (Place in `rows`, result), each place once.

    Raises:
        Exception: Whatever `run` raises; for memory only if a single row does not fit.
    """
    waiting = [list(range(len(rows)))]
    while waiting:
        places = waiting.pop()
        done: set[int] = set()
        try:
            for place, made in run([rows[place] for place in places]):
                done.add(place)
                yield places[place], made
        except Exception as error:
            left = [place for number, place in enumerate(places) if number not in done]
            if not ran_out(error) or len(left) < 2:
                raise
            middle = -(-len(left) // 2)
            waiting += [left[middle:], left[:middle]]
        else:
            continue
        # Here the traceback, which holds the tensors of the batch, is gone.
        if torch.cuda.is_available():
            gc.collect()
            torch.cuda.empty_cache()
