"""The share of weights that an update leaves unchanged, by the definitions in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .block import Block, Elementwise, Totals, count

if TYPE_CHECKING:
    import torch


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


_MEASURES = (
    Measure(
        name="sparsity_relative",
        meaning="Share of weights with |w - w0| <= 1e-3 max(|w|, |w0|)",
        whole=whole.mean,
        study="update sparsity",
        headline=True,
        shown=True,
    ),
    Measure(
        name="sparsity_bf16",
        meaning="Share of weights whose bits are equal after rounding to bf16",
        whole=whole.mean,
        study="update sparsity in bf16",
        headline=True,
        shown=True,
    ),
    Measure(name="sparsity_exact", meaning="Share of weights with w = w0 as stored", whole=whole.mean),
)
SPARSITY = Elementwise("sparsity", _MEASURES, _partial, _finish, order=40)
