"""Packed integers of compressed-tensors whose columns are grouped in the order of their activations.

The library wrote and read these up to version 0.10; the environment needs that version.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from compressed_tensors.compressors import PackedQuantizationCompressor
from compressed_tensors.quantization import QuantizationArgs
from compressed_tensors.quantization.utils import calculate_qparams

from .sample import Sample, weight

_GROUP = 16


def samples() -> Iterator[Sample]:
    """A weight whose columns belong to groups in random order."""
    full = weight(20)
    stated = {
        "type": "int", "symmetric": True, "num_bits": 4, "strategy": "group", "group_size": _GROUP,
        "actorder": "group",
    }  # fmt: skip
    arguments = QuantizationArgs(**stated)
    order = torch.randperm(full.shape[1], generator=torch.Generator().manual_seed(1))
    groups = torch.empty(full.shape[1], dtype=torch.int32)
    groups[order] = (torch.arange(full.shape[1]) // _GROUP).int()
    cut = full[:, order].reshape(full.shape[0], -1, _GROUP)
    scale, zeros = calculate_qparams(cut.amin(-1), cut.amax(-1), arguments)
    compressor = PackedQuantizationCompressor()
    stored = compressor.compress_weight(
        weight=full, scale=scale, zero_point=zeros, g_idx=groups, quantization_args=arguments
    )
    stored = {f"weight_{part.removeprefix('weight_')}": each for part, each in stored.items()}
    stored |= {"weight_scale": scale, "weight_g_idx": groups}
    reference = compressor.decompress_weight(stored, quantization_args=arguments)
    groups_of = {"group_0": {"targets": ["Linear"], "weights": stated}}
    settings = {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": groups_of}
    yield "packed4_actorder", settings, stored, reference
