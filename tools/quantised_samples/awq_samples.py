"""Weights that AutoAWQ packs in its layout `gemm`."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from awq.modules.linear.gemm import WQLinear_GEMM
from awq.utils.packing_utils import dequantize_gemm

from .sample import Sample, weight

_BITS = 4


def samples() -> Iterator[Sample]:
    """Weights in groups of two sizes."""
    for number, group in enumerate((16, 64)):
        full = weight(40 + number).half()
        outputs, inputs = full.shape
        cut = full.float().reshape(outputs, -1, group)
        low, high = cut.amin(-1).clamp(max=0), cut.amax(-1).clamp(min=0)
        scales = (high - low) / (2**_BITS - 1)
        zeros = (-low / scales).round().clamp(0, 2**_BITS - 1)
        linear = torch.nn.Linear(inputs, outputs, bias=False)
        linear.weight.data = full
        layer = WQLinear_GEMM.from_linear(linear, _BITS, group, False, scales.T.half(), zeros.T)
        stored = {part: getattr(layer, part) for part in ("qweight", "qzeros", "scales")}
        reference = dequantize_gemm(layer.qweight, layer.qzeros, layer.scales, _BITS, group).T
        settings = {"quant_method": "awq", "bits": _BITS, "group_size": group, "version": "gemm", "zero_point": True}
        yield f"awq4_{group}", settings, stored, reference
