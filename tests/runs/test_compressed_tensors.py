"""Which formats of compressed-tensors are read, and which are refused."""

import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.runs.quantised import quantised
from skillprobe_core.runs.weights import open_weights

NAME = "model.layers.1.mlp.down_proj.weight"


def found(folder, tensors, top=None, **arguments):
    save_file({NAME + end: each for end, each in tensors.items()}, folder / "model.safetensors")
    groups = {"group_0": {"weights": arguments}} if arguments else {}
    settings = {"quant_method": "compressed-tensors", "config_groups": groups} | (top or {})
    weights = quantised(open_weights(folder), {"quantization_config": settings})
    assert [name for name, each in weights.items() if each is not None] == [NAME]
    return weights[NAME]


def packed(rows=24, columns=40, bits=4, groups=5, **more):
    words = -(-columns * bits // 32)
    return {
        "_packed": torch.zeros(rows, words, dtype=torch.int32), "_shape": torch.tensor([rows, columns]),
        "_scale": torch.ones(rows, groups),
    } | more  # fmt: skip


def order(*values):
    return {"_g_idx": torch.tensor(values, dtype=torch.int32)}


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_the_width_of_packed_integers_follows_from_their_shape(tmp_path, bits):
    weight = found(tmp_path, packed(bits=bits))
    assert (weight.shape, weight.unreadable, weight.stored.bits) == ((24, 40), "", bits)
    assert weight.stored.block == (1, 8)
    assert weight.dtype == f"int{bits}*float32"


@pytest.mark.parametrize(
    ("tensors", "top", "arguments"),
    [
        (packed(bits=3), {}, {"num_bits": 3}),
        (packed(), {}, {"num_bits": 8}),
        (packed(), {}, {"num_bits": 4, "symmetric": False}),
        (packed(), {"transform_config": {"config_groups": {"R1": {}}}}, {}),
        (packed(groups=7), {}, {}),
        (packed() | {"_shape": torch.tensor([23, 40])}, {}, {}),
        (packed() | {"_zero_point": torch.zeros(2, 5, dtype=torch.int32)}, {}, {}),
        (packed() | {"_zero_point": torch.zeros(24, 5)}, {}, {}),
        (packed() | order(*range(8), *(0,) * 32), {}, {}),
        (packed() | order(*range(5)), {}, {}),
        ({"_packed": torch.zeros(24, 20, dtype=torch.uint8), "_scale": torch.ones(24, 5)}, {}, {}),
        ({"": torch.zeros(24, 40, dtype=torch.int8), "_scale": torch.ones(24, 7)}, {}, {}),
    ],
)
def test_what_does_not_fit_is_refused_by_name(tmp_path, tensors, top, arguments):
    assert found(tmp_path, tensors, top, **arguments).unreadable


def test_an_order_of_minus_one_is_none(tmp_path):
    weight = found(tmp_path, packed() | order(*(-1,) * 40))
    assert (weight.unreadable, weight.stored.parts) == ("", ())


def test_blocks_that_do_not_divide_the_weight_have_their_stated_size(tmp_path):
    tensors = {"": torch.zeros(48, 40).to(torch.float8_e4m3fn), "_scale": torch.ones(2, 2)}
    weight = found(tmp_path, tensors, num_bits=8, block_structure=[32, 32])
    assert weight.stored.block == (32, 32)


def test_float8_of_a_rotated_model_is_refused(tmp_path):
    tensors = {"": torch.zeros(48, 40).to(torch.float8_e4m3fn), "_scale": torch.ones(1)}
    assert found(tmp_path, tensors, {"transform_config": {"config_groups": {"R1": {}}}}).unreadable
