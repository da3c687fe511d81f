"""Which weights of bitsandbytes are read, and which are refused."""

import json

import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.runs.quantised import quantised
from skillprobe_core.runs.weights import open_weights

STEM = "model.layers.0.mlp.gate_proj"


def found(folder, tensors):
    save_file({f"{STEM}.{end}": each for end, each in tensors.items()}, folder / "model.safetensors")
    weights = quantised(open_weights(folder), {"quantization_config": {"quant_method": "bitsandbytes"}})
    assert [name for name, each in weights.items() if each is not None] == [f"{STEM}.weight"]
    return weights[f"{STEM}.weight"]


def four_bits(dtype=torch.uint8, kind="nf4", **state):
    stated = {"quant_type": kind, "blocksize": 64, "dtype": "bfloat16", "shape": [20, 32]} | state
    text = torch.tensor(list(json.dumps(stated).encode()), dtype=torch.uint8)
    return {
        "weight": torch.zeros(320 // dtype.itemsize, 1, dtype=dtype), "weight.absmax": torch.ones(10),
        "weight.quant_map": torch.zeros(16), f"weight.quant_state.bitsandbytes__{kind}": text,
    }  # fmt: skip


def nested(**state):
    return four_bits(**({"nested_blocksize": 8, "nested_offset": 0.5} | state)) | {
        "weight.absmax": torch.zeros(10, dtype=torch.uint8), "weight.nested_absmax": torch.ones(2),
        "weight.nested_quant_map": torch.zeros(256),
    }  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("kind", ["nf4", "fp4"])
def test_codes_in_any_storage_type_are_one_weight(tmp_path, dtype, kind):
    weight = found(tmp_path, four_bits(dtype, kind))
    assert (weight.shape, weight.unreadable, weight.dtype) == ((20, 32), "", f"{kind}*float32")
    assert weight.stored.block[0] == 64


def test_nested_scales_have_an_offset(tmp_path):
    weight = found(tmp_path, nested())
    assert (weight.unreadable, weight.stored.offset, weight.stored.block) == ("", 0.5, (64, 8))


@pytest.mark.parametrize(
    "tensors",
    [
        four_bits(shape=[32, 32]),
        four_bits(shape=[640]),
        four_bits(shape=[128, 5]),
        four_bits(blocksize=32),
        four_bits(quant_type="int4"),
        four_bits() | {"weight.quant_state.bitsandbytes__nf4": torch.zeros(80, dtype=torch.uint8)},
        four_bits() | {"weight.quant_map": torch.zeros(256)},
        nested(nested_blocksize=4),
        nested(nested_offset=None),
        {"weight": torch.zeros(8, 8, dtype=torch.int8), "SCB": torch.ones(7)},
        {"weight": torch.zeros(8, 8, dtype=torch.int8), "SCB": torch.ones(8), "weight_format": torch.tensor(1).byte()},
    ],
)
def test_what_does_not_fit_is_refused_by_name(tmp_path, tensors):
    assert found(tmp_path, tensors).unreadable == "bitsandbytes"


def test_rows_of_eight_bits_are_one_weight(tmp_path):
    weight = found(tmp_path, {"weight": torch.zeros(8, 12, dtype=torch.int8), "SCB": torch.ones(8)})
    assert (weight.shape, weight.unreadable, weight.dtype) == ((8, 12), "", "int8*float32")
