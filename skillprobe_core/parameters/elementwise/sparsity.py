"""The share of weights that an update leaves alone, by the definitions in use."""

from __future__ import annotations

import torch

from .block import Block, Elementwise, Totals

# Zhu et al., 'The Path Not Taken: RLVR Provably Learns Off the Principals', arXiv 2511.08567
RELATIVE_TOLERANCE = 1e-3


def unchanged(old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    """Where |w - w0| <= 1e-3 max(|w|, |w0|)."""
    return (new - old).abs() <= RELATIVE_TOLERANCE * torch.maximum(old.abs(), new.abs())


def _partial(block: Block) -> dict[str, torch.Tensor]:
    return {
        "unchanged_relative": unchanged(block.base, block.tensor).double().sum(),
        "unchanged_bf16": (block.base_bf16 == block.tensor_bf16).double().sum(),
        "unchanged_exact": (block.delta == 0.0).double().sum(),
    }


def _finish(totals: Totals) -> dict[str, float | None]:
    elements = float(totals["elements"])
    return {f"sparsity_{kind}": float(totals[f"unchanged_{kind}"]) / elements for kind in ("relative", "bf16", "exact")}


SPARSITY = Elementwise("sparsity", _partial, _finish)
