"""Which stored tensors make one weight."""

import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.runs.quantised import holds_codes, quantised
from skillprobe_core.runs.stored_weight import Stored
from skillprobe_core.runs.weights import open_weights

Q = "model.layers.0.self_attn.q_proj"
E4M3 = torch.float8_e4m3fn


def found(tmp_path, config, **tensors):
    save_file({name.replace("__", "."): each for name, each in tensors.items()}, tmp_path / "model.safetensors")
    return quantised(open_weights(tmp_path), {"quantization_config": config} if config else {})


def codes(*shape, dtype=E4M3):
    return torch.zeros(*shape).to(dtype)


@pytest.mark.parametrize(
    ("grid", "stated", "block"),
    [
        ((2, 3), None, (16, 16)),
        ((2, 3), [16, 16], (16, 16)),
        ((32, 1), None, (1, 48)),
        ((32,), None, (1, 48)),
        ((), None, (32, 48)),
        ((1,), None, (32, 48)),
        ((3, 2), [12, 32], (12, 32)),
    ],
)
@pytest.mark.parametrize("method", ["fp8", "fbgemm_fp8", "compressed-tensors", ""])
def test_float8_with_scales_is_one_weight(tmp_path, grid, stated, block, method):
    config = {"quant_method": method, "weight_block_size": stated} if method else {"weight_block_size": stated}
    weights = found(
        tmp_path,
        config,
        **{f"{Q}.weight": codes(32, 48), f"{Q}.weight_scale": torch.ones(grid), "a.input_scale": torch.ones(1)},
    )
    weight = weights[f"{Q}.weight"]
    assert (weight.shape, weight.unreadable) == ((32, 48), "")
    assert weight.stored == Stored("float8", (f"{Q}.weight", f"{Q}.weight_scale"), block)
    assert weights[f"{Q}.weight_scale"] is None
    assert weights["a.input_scale"] is None


@pytest.mark.parametrize(
    ("config", "tensors"),
    [
        ({"quant_method": "modelopt"}, {"weight": codes(32, 48), "weight_scale": torch.ones(1)}),
        ({"quant_method": "fp8"}, {"weight": codes(32, 48), "weight_scale_inv": torch.ones(5, 7)}),
        ({"quant_method": "fp8"}, {"weight": codes(32, 48)}),
        ({}, {"weight": codes(32, 48), "weight_scale": torch.ones(1), "weight_zero_point": torch.ones(1)}),
        ({}, {"weight": codes(32, 48, dtype=torch.int8), "SCB": torch.ones(31)}),
        (
            {},
            {"weight": codes(32, 24, dtype=torch.uint8), "weight_scale": codes(32, 3), "weight_scale_2": torch.ones(1)},
        ),
        ({}, {"weight_packed": codes(32, 6, dtype=torch.int32), "weight_scale": torch.ones(32, 1)}),
        (
            {},
            {
                "weight": codes(32, 6).to(torch.int32).view(torch.uint32),
                "scales": torch.ones(32, 1),
                "biases": torch.ones(32, 1),
            },
        ),
    ],
)
def test_other_codes_are_one_weight_that_cannot_be_read(tmp_path, config, tensors):
    weights = found(tmp_path, config, **{f"{Q}.{name}": each for name, each in tensors.items()})
    (weight,) = [each for each in weights.values() if each is not None]
    assert weights[f"{Q}.weight"] is weight
    assert weight.unreadable


def test_plain_tensors_stay_as_they_are_whatever_they_are_called(tmp_path):
    tensors = {
        "norm.scale": torch.ones(4), "norm.weight": torch.ones(4), "mlp.biases": torch.ones(4),
        "a.scales": torch.ones(4), "raw.weight": codes(4, 4), "router.g_idx": torch.zeros(4, dtype=torch.int32),
    }  # fmt: skip
    weights = found(tmp_path, {}, **tensors)
    assert {name: each.shape for name, each in weights.items()} == {
        name: tuple(each.shape) for name, each in tensors.items()
    }
    assert all(each.stored.scheme == "plain" and not each.unreadable for each in weights.values())


def test_blocks_of_mxfp4_are_the_transposed_stack(tmp_path):
    name = "model.layers.0.mlp.experts.down_proj"
    tensors = {
        f"{name}_blocks": codes(3, 8, 2, 16, dtype=torch.uint8),
        f"{name}_scales": codes(3, 8, 2, dtype=torch.uint8),
    }
    weights = found(tmp_path, {"quant_method": "mxfp4"}, **tensors)
    assert weights[name].shape == (3, 64, 8)
    assert weights[name].stored.scheme == "mxfp4"
    assert weights[f"{name}_scales"] is None


@pytest.mark.parametrize("end", ["input_zero_point", "output_zero_point", "k_zero_point", "output_global_scale"])
def test_zero_points_of_activations_are_no_weights(tmp_path, end):
    tensors = {"up.weight": torch.ones(4, 4), f"up.{end}": torch.zeros(1, dtype=torch.int8)}
    assert found(tmp_path, {"quant_method": "compressed-tensors"}, **tensors)[f"up.{end}"] is None


@pytest.mark.parametrize(
    ("tensors", "expected"),
    [
        ({"up.weight": torch.ones(4, 4), "norm.scale": torch.ones(4)}, False),
        ({"up.weight": codes(4, 4)}, True),
        ({"up.qweight": torch.zeros(4, 4, dtype=torch.int32)}, True),
        ({"up.weight": torch.ones(8, 1), "up.weight.quant_state.bitsandbytes__nf4": torch.ones(4)}, True),
    ],
)
def test_codes_are_known_by_their_type_or_by_their_state(tmp_path, tensors, expected):
    save_file(tensors, tmp_path / "model.safetensors")
    assert holds_codes(open_weights(tmp_path)) == expected
