"""Memory that a model needs on a device, computed from headers and configuration before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from transformers import AutoConfig

from skillprobe_core.errors import SettingsError
from skillprobe_core.runs.adapters import base_of, is_adapter
from skillprobe_core.runs.model_files import ModelLike, as_files
from skillprobe_core.runs.weights import open_weights

from .device_memory import free_bytes
from .memory_batches import cache_bytes, rows_within, widest

if TYPE_CHECKING:
    from pathlib import Path

PASS_TOKENS = 4096
"""Tokens of a forward pass without a cache."""


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Bytes that a model needs on a device.

    weights: all tensors in the type in which they are computed. per_token: keys and values of one token. workspace: the
    activations of a pass over `PASS_TOKENS` tokens and the blocks of logits, an estimate. free: bytes free on the
    device; None if it does not say.
    """

    device: str
    weights: int
    per_token: int
    workspace: int
    free: int | None

    @property
    def fits(self) -> bool:
        """True if weights and the cache of one token fit; what is left limits the size of batches alone."""
        return self.free is None or self.weights + self.per_token <= self.free

    def rows(self, columns: int) -> int | None:
        """Rows of so many tokens in a batch; None if it is not known."""
        if self.free is None or not self.per_token:
            return None
        return rows_within(max(0, self.free - self.weights), columns, self.per_token)

    def line(self, columns: int) -> str:
        """The plan in one line, with the rows of so many tokens that a batch has room for."""
        parts = f"weights {gib(self.weights)}, workspace about {gib(self.workspace)}"
        free = "" if self.free is None else f" of {gib(self.free)} free"
        rows = self.rows(columns)
        room = "" if rows is None else f", room for {rows:,} rows of {columns:,} tokens"
        return f"memory on {self.device}: {parts}{free}; cache {self.per_token / 2**20:.3g} MiB per token{room}"


def memory_plan(model: ModelLike, dtype: torch.dtype | None, device: torch.device) -> MemoryPlan:
    """The memory that a checkpoint needs on a device.

    Args:
        model: The checkpoint. An adapter needs what its base needs.
        dtype: The type in which it is computed; None for the stored types.
        device: The device.
    """
    files = as_files(base_of(model) if is_adapter(model) else model)
    weights = open_weights(files)
    converted = [info.elements * dtype.itemsize for info in weights.values()] if dtype is not None else []
    stored = [info.stop - info.start for info in weights.values()]
    config = AutoConfig.from_pretrained(files.config, local_files_only=True, trust_remote_code=False)
    text = config.get_text_config(decoder=True)
    types = [getattr(torch, info.dtype).itemsize for info in weights.values() if info.floating]
    itemsize = dtype.itemsize if dtype is not None else max(types, default=4)
    width = widest(text, "hidden_size") * 6 + widest(text, "intermediate_size") * 3
    return MemoryPlan(
        device=device.type,
        weights=sum(converted or stored),
        per_token=cache_bytes(text, itemsize),
        workspace=logits_bytes(device) + PASS_TOKENS * width * itemsize,
        free=free_bytes(device),
    )


def logits_bytes(device: torch.device) -> int:
    """Bytes that the comparison of two models' logits needs besides their hidden states and output projections.

    Args:
        device: The device. On a CPU two blocks of 64 MiB and buffers of each thread; on any other two blocks of
            256 MiB and ten buffers of 32 MiB for the part of a block that is measured.
    """
    if device.type == "cpu":
        return 2 * 4 * 2**24 + 10 * 4 * 2**18 * torch.get_num_threads()
    return 2 * 4 * 2**26 + 10 * 4 * 2**23


def devices_needed(plan: MemoryPlan, memory: int, tokens: int) -> int:
    """The fewest devices on which a model that is spread over them fits, as a power of two.

    Each device has its part of the weights and of the cache, and a workspace of its own.

    Args:
        plan: The memory that the model needs on one device.
        memory: Bytes that may be used on each device.
        tokens: Tokens for which the cache must have room.

    Returns:
        The number of devices.
    """
    left = max(1, memory - plan.workspace)
    enough = -(-(plan.weights + tokens * plan.per_token) // left)
    return 1 << max(0, enough - 1).bit_length()


def check_fits(plan: MemoryPlan, path: Path) -> None:
    """Raise SettingsError, before anything is loaded, for a model whose weights do not fit on the device."""
    if plan.fits:
        return
    assert plan.free is not None
    other = "another machine" if plan.device == "cpu" else 'a device with more memory, or set device = "cpu"'
    raise SettingsError(
        f"the model needs {gib(plan.weights)} on {plan.device} for its weights alone, and {gib(plan.free)} are free",
        remedy=f"free memory on the device, use {other} or a smaller `dtype` under [compute] in skillprobe.toml",
        path=str(path),
    )


def gib(size: int) -> str:
    """A number of bytes in GiB."""
    return f"{size / 2**30:,.2f} GiB"
