"""Weights of every quantised format equal, bit by bit, those that the format's own library computes.

The samples are files of these libraries, with the weights that they computed (`python -m tools.quantised_samples`).
"""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.piece_reader import reader_of
from skillprobe_core.runs.logical_tensors import logical_tensors
from skillprobe_core.runs.tensor_pieces import Piece
from skillprobe_core.runs.weights import open_weights
from tests.measurements.parameters.conftest import normal
from tests.measurements.parameters.test_dequantised_reader import in_pieces

SAMPLES = sorted((Path(__file__).parent / "quantised_samples").glob("*.safetensors"))
NAME = "model.layers.0.mlp.up_proj.weight"


def unpacked(sample: Path, folder: Path) -> torch.Tensor:
    """Write a sample as a model's folder; returns the library's weight."""
    tensors = load_file(sample)
    with safe_open(sample, "pt") as file:
        settings = json.loads(file.metadata()["quantization_config"])
    reference = tensors.pop("reference")
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps({"model_type": "qwen3", "quantization_config": settings}))
    return reference


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_the_weights_are_those_of_the_library(sample, tmp_path):
    reference = unpacked(sample, tmp_path)
    weights = open_weights(tmp_path)
    (tensor,) = logical_tensors(weights).values()
    assert (tensor.name, tensor.unreadable, tensor.shape) == (NAME, "", tuple(reference.shape))
    assert tensor.floating
    found = in_pieces(reader_of(weights, Piece(tensor)))
    assert found.dtype == torch.float32
    # The library rounds the product to the type of the scales or of the weight.
    torch.testing.assert_close(found.to(reference.dtype), reference, rtol=0, atol=0)


def doubled(name: str, tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    """The tensor with twice the value, if it is the one that scales all weights of its format."""
    tensor, end = tensors[name], name.rpartition(".")[2]
    whole = f"{NAME}_global_scale"
    if end == "quant_map" or (end in ("weight_scale", "scales", "SCB") and whole not in tensors):
        return tensor + 1 if tensor.dtype == torch.uint8 else tensor * 2
    return tensor / 2 if name == whole else tensor


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_weights_with_doubled_scales_have_changed_by_their_own_size(sample, tmp_path):
    for name in ("base", "tuned"):
        (tmp_path / name).mkdir()
        unpacked(sample, tmp_path / name)
    file = tmp_path / "tuned" / "model.safetensors"
    tensors = load_file(file)
    save_file({name: doubled(name, tensors) for name in tensors}, file, {"format": "pt"})
    row = parameter_stats(open_weights(tmp_path / "base"), open_weights(tmp_path / "tuned"), model="m", step=1).row(
        0, named=True
    )
    assert (row["tensor"], row["status"], row["component"]) == (NAME, "compared", "mlp_up")
    assert row["relative_norm"] == pytest.approx(1, rel=1e-6)
    assert row["cosine_distance"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_part_that_is_not_known_refuses_the_weight(sample, tmp_path):
    unpacked(sample, tmp_path)
    file = tmp_path / "model.safetensors"
    tensors = load_file(file)
    further = NAME.replace("weight", "biases") if f"{NAME}_scale" not in tensors else f"{NAME}_scale_2"
    save_file(tensors | {further: torch.ones(1)}, file, {"format": "pt"})
    (tensor,) = logical_tensors(open_weights(tmp_path)).values()
    assert tensor.unreadable


@pytest.mark.parametrize("kind", ["gptq4_order", "nf4_nested", "packed4_group_zeros"])
def test_the_update_of_an_adapter_on_a_quantised_base_is_its_own(kind, tmp_path):
    base, adapter = tmp_path / "base", tmp_path / "adapter"
    base.mkdir()
    adapter.mkdir()
    rows, columns = unpacked(SAMPLES[0].with_stem(kind), base).shape
    first, second, name = normal(3, columns), normal(rows, 3, seed=1), NAME.removesuffix(".weight")
    tensors = {f"base_model.model.{name}.lora_A.weight": first, f"base_model.model.{name}.lora_B.weight": second}
    save_file(tensors, adapter / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 3, "lora_alpha": 3, "target_modules": ["up_proj"], "task_type": "CAUSAL_LM"}
    (adapter / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": str(base)}))
    row = parameter_stats(open_weights(base), open_weights(adapter), model="m", step=1).row(0, named=True)
    assert row["status"] == "compared"
    assert row["delta_norm"] == pytest.approx((second.double() @ first.double()).norm().item(), rel=1e-6)
