"""Weights in the formats of compressed-tensors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from compressed_tensors.compressors import BaseCompressor
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from compressed_tensors.quantization.utils import calculate_qparams

from .sample import Sample, weight

_INT = {"type": "int", "symmetric": True}
_FLOAT = {"type": "float", "symmetric": True}
_CASES: dict[str, tuple[str, dict[str, Any], torch.dtype]] = {
    "int8_channel": ("int-quantized", {**_INT, "num_bits": 8, "strategy": "channel"}, torch.float32),
    "int8_tensor": ("naive-quantized", {**_INT, "num_bits": 8, "strategy": "tensor"}, torch.float32),
    "int8_group_zeros": (
        "naive-quantized",
        {"type": "int", "symmetric": False, "num_bits": 8, "strategy": "group", "group_size": 16},
        torch.bfloat16,
    ),
    "float8_channel": ("float-quantized", {**_FLOAT, "num_bits": 8, "strategy": "channel"}, torch.float32),
    "float8_group": (
        "naive-quantized", {**_FLOAT, "num_bits": 8, "strategy": "group", "group_size": 32}, torch.float32
    ),
    "float8_block": (
        "float-quantized", {**_FLOAT, "num_bits": 8, "strategy": "block", "block_structure": [20, 48]}, torch.float32
    ),
    "packed4_group": (
        "pack-quantized", {**_INT, "num_bits": 4, "strategy": "group", "group_size": 32}, torch.float32
    ),
    "packed4_group_zeros": (
        "pack-quantized",
        {"type": "int", "symmetric": False, "num_bits": 4, "strategy": "group", "group_size": 16},
        torch.bfloat16,
    ),
    "packed8_channel": ("pack-quantized", {**_INT, "num_bits": 8, "strategy": "channel"}, torch.float16),
    "packed2_channel_zeros": (
        "pack-quantized", {"type": "int", "symmetric": False, "num_bits": 2, "strategy": "channel"}, torch.float32
    ),
    "nvfp4": (
        "nvfp4-pack-quantized",
        {**_FLOAT, "num_bits": 4, "strategy": "tensor_group", "group_size": 16},
        torch.float32,
    ),
    "mxfp4_packed": (
        "mxfp4-pack-quantized", {**_FLOAT, "num_bits": 4, "strategy": "group", "group_size": 32}, torch.float32
    ),
}  # fmt: skip


def samples() -> Iterator[Sample]:
    """One weight in each format and strategy, compressed and decompressed by the library."""
    for number, (name, (form, stated, dtype)) in enumerate(_CASES.items()):
        arguments = QuantizationArgs(**stated)
        scheme = QuantizationScheme(targets=["Linear"], weights=arguments)
        compressor = BaseCompressor.get_value_from_registry(form)
        stored = compressor.compress(_with_scales(weight(number), arguments, dtype), scheme)
        reference = compressor.decompress(stored, scheme)["weight"]
        settings = {
            "quant_method": "compressed-tensors",
            "format": form,
            "config_groups": {"group_0": {"targets": ["Linear"], "weights": stated}},
        }
        yield name, settings, {key: each for key, each in stored.items() if each is not None}, reference


def _with_scales(full: torch.Tensor, arguments: QuantizationArgs, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """The weight with scales and zero points of its groups, from their smallest and largest values."""
    rows, columns = full.shape
    if arguments.strategy == "block":
        height, width = arguments.block_structure
        padded = torch.nn.functional.pad(full, (0, -columns % width, 0, -rows % height))
        cut = padded.reshape(padded.shape[0] // height, height, -1, width).transpose(1, 2).flatten(2)
    elif arguments.group_size:
        cut = full.reshape(rows, -1, arguments.group_size)
    elif arguments.strategy == "channel":
        cut = full.unsqueeze(1)
    else:
        cut = full.reshape(1, 1, -1)
    found = {"weight": full.to(dtype)}
    if arguments.strategy == "tensor_group":
        found["weight_global_scale"] = (448 * 6 / full.abs().max()).reshape(1)
        scale = found["weight_global_scale"] * cut.abs().amax(-1) / 6
        return found | {"weight_scale": scale.to(torch.float8_e4m3fn).float()}
    if arguments.num_bits == 4 and arguments.type == "float":
        return found | {"weight_scale": torch.exp2(torch.floor(torch.log2(cut.abs().amax(-1))) - 2)}
    scale, zeros = calculate_qparams(cut.amin(-1).to(dtype), cut.amax(-1).to(dtype), arguments)
    found["weight_scale"] = scale.flatten() if arguments.strategy == "tensor" else scale
    return found if arguments.symmetric else found | {"weight_zero_point": zeros}
