"""Weights that GPTQModel packs, in both formats of GPTQ."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from gptqmodel.nn_modules.qlinear.torch import TorchLinear
from gptqmodel.quantization.config import QuantizeConfig
from gptqmodel.utils.model import convert_gptq_v2_to_v1_format_module

from .sample import Sample, weight

_CASES = {
    "gptq4": (4, 16, False, "gptq"),
    "gptq4_order": (4, 16, True, "gptq"),
    "gptq4_v2": (4, 32, True, "gptq_v2"),
    "gptq8": (8, -1, False, "gptq"),
    "gptq2_v2": (2, 16, False, "gptq_v2"),
}


def samples() -> Iterator[Sample]:
    """Weights of several widths, groups and orders of columns."""
    for number, (name, (bits, group_size, ordered, form)) in enumerate(_CASES.items()):
        full = weight(30 + number)
        outputs, inputs = full.shape
        group = inputs if group_size < 0 else group_size
        groups = torch.arange(inputs) // group
        if ordered:
            groups = groups[torch.randperm(inputs, generator=torch.Generator().manual_seed(number))]
        scales, zeros = _observed(full, groups, bits)
        linear = torch.nn.Linear(inputs, outputs, bias=False)
        linear.weight.data = full
        layer = TorchLinear(
            bits=bits, group_size=group_size, sym=False, desc_act=ordered, in_features=inputs, out_features=outputs,
            bias=False, pack_dtype=torch.int32, register_buffers=True,
        )  # fmt: skip
        layer.pack(linear, scales, zeros, groups.int())
        layer.post_init()
        layer.eval()
        reference = layer.dequantize_weight().T
        if form == "gptq":
            convert_gptq_v2_to_v1_format_module(layer, QuantizeConfig(bits=bits))
        stored = {part: getattr(layer, part).clone() for part in ("qweight", "qzeros", "scales", "g_idx")}
        settings = {
            "quant_method": "gptq", "bits": bits, "group_size": group_size, "sym": False, "desc_act": ordered,
            "checkpoint_format": form,
        }  # fmt: skip
        yield name, settings, stored, reference


def _observed(full: torch.Tensor, groups: torch.Tensor, bits: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Scales and zero points, (out, groups), of the smallest and largest weights of each group; no zero point is 0."""
    scales, zeros = [], []
    for group in range(int(groups.max()) + 1):
        cut = full[:, groups == group]
        low, high = cut.amin(1).clamp(max=-1e-2), cut.amax(1).clamp(min=0)
        scale = (high - low) / (2**bits - 1)
        scales.append(scale)
        zeros.append((-low / scale).round().clamp(1, 2**bits - 1))
    return torch.stack(scales, 1), torch.stack(zeros, 1)
