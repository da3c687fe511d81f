"""Weights that bitsandbytes quantises on a CPU."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from bitsandbytes import functional
from bitsandbytes.nn import Params4bit

from .sample import Sample, weight

_CASES = {
    "nf4_nested": ("nf4", True, 32, (132, 64), torch.uint8, torch.bfloat16),
    "nf4": ("nf4", False, 64, (32, 64), torch.uint8, torch.float32),
    "fp4_across_rows": ("fp4", False, 256, (32, 96), torch.uint8, torch.float16),
    "nf4_in_bfloat16": ("nf4", True, 64, (32, 64), torch.bfloat16, torch.float32),
}


def samples() -> Iterator[Sample]:
    """Weights in 4 bits, with nested scales or not, in two storage types, and in 8 bits by rows."""
    for number, (name, (kind, nested, block, shape, storage, dtype)) in enumerate(_CASES.items()):
        full = weight(50 + number, shape).to(dtype)
        parameter = Params4bit(
            full, requires_grad=False, quant_type=kind, compress_statistics=nested, blocksize=block,
            quant_storage=storage,
        ).to("cpu")  # fmt: skip
        state = parameter.quant_state
        stored = {"weight": parameter.data}
        stored |= {f"weight.{part}": each for part, each in state.as_dict(packed=True).items()}
        settings = {
            "quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": kind,
            "bnb_4bit_use_double_quant": nested,
        }  # fmt: skip
        yield name, settings, stored, functional.dequantize_4bit(parameter.data, state)
    codes, scales, _ = functional.int8_vectorwise_quant(weight(60).half())
    stored = {"weight": codes, "SCB": scales, "weight_format": torch.tensor(0, dtype=torch.uint8)}
    settings = {"quant_method": "bitsandbytes", "load_in_8bit": True}
    yield "int8_rows", settings, stored, functional.int8_vectorwise_dequant(codes, scales)
