"""The share of weights that an update leaves unchanged, by the definitions in use."""

from __future__ import annotations

import torch

from .block import Block, Elementwise, Totals, count


def _partial(block: Block) -> dict[str, torch.Tensor]:
    return {
        "changed_relative": count(block.updated),
        "changed_bf16": count(block.base_bf16 != block.tensor_bf16),
        "changed_exact": count(block.delta),
    }


def _finish(totals: Totals) -> dict[str, float | None]:
    elements = float(totals["elements"])
    return {
        f"sparsity_{kind}": (elements - float(totals[f"changed_{kind}"])) / elements
        for kind in ("relative", "bf16", "exact")
    }


SPARSITY = Elementwise("sparsity", _partial, _finish)
