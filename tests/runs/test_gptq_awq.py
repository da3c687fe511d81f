"""Which layouts of GPTQ and AWQ are read, and which are refused."""

import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.runs.quantised import quantised
from skillprobe_core.runs.weights import open_weights

STEM = "model.layers.0.self_attn.k_proj"
INT = torch.int32


def found(folder, tensors, **settings):
    save_file({f"{STEM}.{end}": each for end, each in tensors.items()}, folder / "model.safetensors")
    config = {"model_type": settings.pop("model_type", "llama"), "quantization_config": settings}
    weights = quantised(open_weights(folder), config)
    assert [name for name, each in weights.items() if each is not None] == [f"{STEM}.weight"]
    return weights[f"{STEM}.weight"]


def gptq(rows=64, columns=96, bits=4, groups=3, **more):
    return {
        "qweight": torch.zeros(columns * bits // 32, rows, dtype=INT),
        "qzeros": torch.zeros(groups, rows * bits // 32, dtype=INT),
        "scales": torch.ones(groups, rows, dtype=torch.float16),
    } | more  # fmt: skip


def awq(rows=64, columns=96, groups=3):
    return {
        "qweight": torch.zeros(columns, rows // 8, dtype=INT), "qzeros": torch.zeros(groups, rows // 8, dtype=INT),
        "scales": torch.ones(groups, rows, dtype=torch.float16),
    }  # fmt: skip


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize(("form", "offset"), [("gptq", 1), ("gptq_v2", 0), (None, 1)])
def test_the_format_states_what_is_added_to_zero_points(tmp_path, bits, form, offset):
    weight = found(tmp_path, gptq(bits=bits), quant_method="gptq", checkpoint_format=form)
    assert (weight.shape, weight.unreadable, weight.dtype) == ((64, 96), "", f"int{bits}*float16")
    assert (weight.stored.bits, weight.stored.offset, weight.stored.block) == (bits, offset, (32, 1))


def test_awq_is_known_by_its_settings(tmp_path):
    weight = found(tmp_path, awq(), quant_method="awq", version="GEMM", bits=4, group_size=32)
    assert (weight.shape, weight.unreadable, weight.stored.scheme) == ((64, 96), "", "awq")


@pytest.mark.parametrize(
    ("tensors", "settings"),
    [
        (gptq(), {}),
        (gptq(), {"quant_method": "auto-round"}),
        (gptq(), {"quant_method": "gptq", "checkpoint_format": "marlin"}),
        (gptq(), {"quant_method": "gptq", "checkpoint_format": "gptq", "format": "gptq_v2"}),
        (gptq(), {"quant_method": "gptq", "rotation": "hadamard"}),
        (gptq(bits=4) | {"qzeros": torch.full((3, 8), 0x0F000000, dtype=INT)}, {"quant_method": "gptq"}),
        (gptq() | {"g_idx": torch.full((96,), 3, dtype=INT)}, {"quant_method": "gptq"}),
        (gptq() | {"g_idx": torch.zeros(95, dtype=INT)}, {"quant_method": "gptq"}),
        (gptq(groups=7), {"quant_method": "gptq"}),
        (gptq(), {"quant_method": "gptq", "model_type": "gpt2"}),
        (awq(), {"quant_method": "gptq"}),
        (awq(), {"quant_method": "awq", "version": "gemv"}),
        (awq(), {"quant_method": "awq", "bits": 8}),
        (gptq(), {"quant_method": "awq"}),
    ],
)
def test_other_layouts_are_refused_by_name(tmp_path, tensors, settings):
    assert found(tmp_path, tensors, **settings).unreadable == "GPTQ or AWQ"
