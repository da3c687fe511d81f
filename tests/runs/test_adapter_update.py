"""Names and configurations of adapters; what they do to weights is compared with PEFT in the tests of parameters."""

import json
import re

import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.adapter_update import read_update, stack_of, stack_shape
from skillprobe_core.runs.logical_tensors import ModelTensors
from skillprobe_core.runs.weights import open_weights

Q = "model.layers.0.self_attn.q_proj"
BASE = {f"{Q}.weight": (6, 4), f"{Q}.bias": (6,), "model.embed_tokens.weight": (9, 4)}


@pytest.fixture
def read(tmp_path):
    def written(tensors, base=BASE, **config):
        (tmp_path / "base").mkdir(exist_ok=True)
        (tmp_path / "adapter").mkdir(exist_ok=True)
        save_file({name: torch.zeros(shape) for name, shape in base.items()}, tmp_path / "base" / "model.safetensors")
        save_file(
            {f"base_model.model.{name}": torch.ones(shape) for name, shape in tensors.items()},
            tmp_path / "adapter" / "adapter_model.safetensors",
        )
        known = {"peft_type": "LORA", "r": 2, "lora_alpha": 6}
        (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(known | config))
        return read_update(open_weights(tmp_path / "base"), open_weights(tmp_path / "adapter")).changes

    return written


A, B = {f"{Q}.lora_A.weight": (2, 4)}, {f"{Q}.lora_B.weight": (6, 2)}


@pytest.mark.parametrize("name", ["default", "sft-run_2", "my_lora_Best", "lora_A"])
@pytest.mark.parametrize("wrapper", ["", "_orig_mod.", "_checkpoint_wrapped_module."])
def test_the_adapters_name_and_wrappers_in_names_change_nothing(read, name, wrapper):
    tensors = {
        re.sub("(lora_[AB])", rf"\1.{name}", key).replace("self_attn", f"{wrapper}self_attn"): shape
        for key, shape in (A | B).items()
    }
    changes = read(tensors)
    assert list(changes) == ["layers.0.self_attn.q_proj.weight"]
    first, second = changes["layers.0.self_attn.q_proj.weight"].factors
    assert torch.equal(first @ second, torch.full((6, 4), 2 * 6 / 2, dtype=torch.float64))


@pytest.mark.parametrize(
    ("more", "scale"), [({}, 3.0), ({"use_rslora": True}, 6 / 2**0.5), ({"alpha_pattern": {"q_proj": 8}}, 4.0)]
)
def test_the_bias_of_b_has_the_scale_of_the_factors(read, more, scale):
    changes = read(A | B | {f"{Q}.lora_B.bias": (6,)}, lora_bias=True, **more)
    name, found = changes["layers.0.self_attn.q_proj.bias"].bias
    assert name.endswith("lora_B.bias")
    assert found == pytest.approx(scale)


@pytest.mark.parametrize(
    ("tensors", "config", "cause"),
    [
        (A, {}, "lora_B"),
        (B, {}, "lora_A"),
        ({}, {}, "holds no tensors"),
        (A | B, {"r": 3}, "has rank 2, but adapter_config.json says 3"),
        ({f"{Q}.lora_A.weight": (2, 5)} | B, {}, "6 x 5 update"),
        (A | B | {f"{Q}.lora_magnitude_vector": (5,)}, {"use_dora": True}, r"magnitude of .* has shape \[5\]"),
        ({"model.unknown.weight": (3,)}, {}, "neither a LoRA factor nor a tensor of the base"),
        (
            {"model.embed_tokens.token_adapter.trainable_tokens_delta": (2, 4)},
            {"trainable_token_indices": [3, 9]},
            "2 rows",
        ),
        (
            {"model.embed_tokens.token_adapter.trainable_tokens_delta": (2, 4)},
            {"trainable_token_indices": [3]},
            "2 rows",
        ),
        (A | B, {"target_parameters": ["q_proj.other"]}, "fits none of the base's parameters"),
    ],
)
def test_tensors_that_do_not_fit_the_base_or_the_configuration_are_named(read, tensors, config, cause):
    with pytest.raises(CheckpointError, match=cause):
        read(tensors, **config)


def test_a_stack_has_a_shape_however_its_experts_are_stored(read, tmp_path):
    block = "model.layers.0.mlp.experts"
    shapes = {"gate_proj": (4, 6), "up_proj": (4, 6), "down_proj": (6, 4)}
    read(
        {f"{block}.0.gate_proj.weight": (4, 6)},
        base={f"{block}.{n}.{name}.weight": shape for n in range(3) for name, shape in shapes.items()},
    )
    tensors = ModelTensors.of(open_weights(tmp_path / "base")).tensors
    key = block.removeprefix("model.")
    assert stack_shape(tensors, f"{key}.gate_up_proj") == (3, 8, 6)
    assert stack_shape(tensors, f"{key}.down_proj") == (3, 6, 4)
    assert stack_shape(tensors, f"{key}.other") is None
    assert stack_of(f"{key}.2.w3.weight") == (f"{key}.gate_up_proj", 2, "w3")
    assert stack_of("layers.0.mlp.up_proj.weight") is None
