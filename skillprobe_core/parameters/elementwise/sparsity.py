"""The share of weights that an update leaves alone, by the two definitions in use."""

from __future__ import annotations

import torch

from .block import Block, Elementwise, Totals

# Zhu et al., 'The Path Not Taken: RLVR Provably Learns Off the Principals', arXiv 2511.08567
RELATIVE_TOLERANCE = 1e-3


def _partial(block: Block) -> dict[str, torch.Tensor]:
    largest = torch.maximum(block.base.abs(), block.tensor.abs())
    return {
        "unchanged_relative": (block.delta.abs() <= RELATIVE_TOLERANCE * largest).sum().double(),
        "unchanged_bf16": (block.base_bf16 == block.tensor_bf16).sum().double(),
    }


def _finish(totals: Totals) -> dict[str, float | None]:
    elements = float(totals["elements"])
    return {
        "sparsity_relative": float(totals["unchanged_relative"]) / elements,
        "sparsity_bf16": float(totals["unchanged_bf16"]) / elements,
    }


SPARSITY = Elementwise("sparsity", _partial, _finish)
