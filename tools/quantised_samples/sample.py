"""Weights to quantise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

Sample = tuple[str, Mapping[str, Any], Mapping[str, torch.Tensor], torch.Tensor]
"""A name, `quantization_config`, the stored tensors by the end of their names, and the weight that they stand for."""
SHAPE = (32, 64)


def weight(seed: int, shape: tuple[int, int] = SHAPE) -> torch.Tensor:
    """A random weight whose rows have different sizes and means."""
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.rand(shape[0], 1, generator=generator) + 0.05
    return (torch.randn(shape, generator=generator) + 0.3) * sizes
