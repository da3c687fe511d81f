"""Weights that follow from their names, so that whoever reads a save can compute what it must hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    import torch


def known_tensor(name: str, shape: Iterable[int], step: int) -> torch.Tensor:
    """The values of a tensor at a step, as float32.

    All are multiples of 1/64 between -125/64 and 125/64, which bfloat16 holds exactly. Neighbours differ, so that a
    transposed, permuted or shifted tensor is not equal.

    Args:
        name: Its Hugging Face name.
        shape: Its shape.
        step: The step; 0 is the base.
    """
    import torch

    sizes = tuple(shape)
    count = torch.Size(sizes).numel()
    start = crc32(f"{name}@{step}".encode()) % 251
    return ((torch.arange(count) * 7 + start) % 251 - 125).to(torch.float32).div(64).reshape(sizes)


def fill(model: torch.nn.Module, step: int) -> None:
    """Give all parameters of a model under Hugging Face's names their values at a step."""
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(known_tensor(name, weight.shape, step))


def fill_adapter(model: torch.nn.Module, step: int) -> None:
    """Give the LoRA factors of a model of PEFT the values that follow from the names under which it stores them."""
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_" in name:
                weight.copy_(known_tensor(name.replace(".default.", "."), weight.shape, step))
