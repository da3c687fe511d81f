import json

import polars as pl
import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel, Qwen2Config, Qwen2ForCausalLM

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.runs.weights import open_weights


def qwen() -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=80,
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    return Qwen2ForCausalLM(config)


def gpt2() -> GPT2LMHeadModel:
    torch.manual_seed(0)
    return GPT2LMHeadModel(GPT2Config(vocab_size=80, n_embd=48, n_layer=2, n_head=4, n_positions=32))


CONFIGS = {
    "plain": (qwen, LoraConfig(r=4, lora_alpha=12, target_modules=["q_proj", "down_proj"])),
    "rank stabilised": (qwen, LoraConfig(r=4, lora_alpha=12, use_rslora=True, target_modules="all-linear")),
    "patterns": (
        qwen,
        LoraConfig(
            r=4,
            lora_alpha=8,
            target_modules=["q_proj", "up_proj"],
            rank_pattern={"layers.1.self_attn.q_proj": 2},
            alpha_pattern={"up_proj": 32},
        ),
    ),
    "a saved head": (qwen, LoraConfig(r=2, target_modules=["v_proj"], modules_to_save=["lm_head"])),
    "embedding": (qwen, LoraConfig(r=3, target_modules=["embed_tokens", "o_proj"])),
    "fan in, fan out": (gpt2, LoraConfig(r=3, target_modules=["c_attn", "c_fc"], fan_in_fan_out=True)),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_an_adapter_equals_its_merged_model(tmp_path, name):
    build, config = CONFIGS[name]
    model = build()
    model.save_pretrained(tmp_path / "base")
    adapted = get_peft_model(model, config)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for key, parameter in adapted.named_parameters():
            if "lora_" in key or "modules_to_save" in key:
                parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    adapted.save_pretrained(tmp_path / "adapter", save_embedding_layers=False)
    adapted.double().merge_and_unload().save_pretrained(tmp_path / "merged")
    base, adapter, merged = (open_weights(tmp_path / folder) for folder in ("base", "adapter", "merged"))
    found, expected = (
        parameter_stats(base, side, model="m", step=1).filter(pl.col("status") == "compared").sort("tensor")
        for side in (adapter, merged)
    )
    assert found["tensor"].to_list() == expected["tensor"].to_list()
    for measure in ("relative_norm", "norm", "relative_spectral_norm", "spectral_drift", "cosine", "left_angle_max"):
        for key, one, other in zip(found["tensor"], found[measure], expected[measure], strict=True):
            assert one == (None if other is None else pytest.approx(other, rel=1e-6, abs=1e-9)), (measure, key)
    moved = found.filter(pl.col("delta_norm") > 0)
    assert 0 < moved.height < found.height
    low_rank = moved.filter(pl.col("dtype").str.contains("+", literal=True))
    assert (low_rank["delta_rank"] <= 4).all()
    assert (
        low_rank["delta_rank"].to_list()
        == expected.filter(pl.col("tensor").is_in(low_rank["tensor"].to_list()))["delta_rank"].to_list()
    )


@pytest.fixture
def adapter(tmp_path):
    model = qwen()
    model.save_pretrained(tmp_path / "base")
    get_peft_model(model, CONFIGS["plain"][1]).save_pretrained(tmp_path / "adapter")
    return tmp_path


def stats(folder) -> pl.DataFrame:
    base, adapter = open_weights(folder / "base"), open_weights(folder / "adapter")
    return parameter_stats(base, adapter, model="m", step=1)


def test_a_fresh_adapter_has_moved_nothing(adapter):
    frame = stats(adapter)
    assert frame["delta_norm"].max() == 0.0
    assert frame["delta_rank"].max() == 0


@pytest.mark.parametrize(("key", "value"), [("use_dora", True), ("peft_type", "IA3"), ("r", "none")])
def test_other_adapters_are_refused_with_a_remedy(adapter, key, value):
    file = adapter / "adapter" / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    with pytest.raises(CheckpointError, match=r"adapter_config.*(.|\n)*merge"):
        stats(adapter)


def test_an_adapter_of_another_base_and_one_that_diverged_are_named(adapter):
    file = adapter / "adapter" / "adapter_model.safetensors"
    tensors = load_file(file)
    name = next(name for name in tensors if "lora_A" in name)
    save_file(tensors | {name.replace("layers.0", "layers.7"): tensors[name].clone()}, file)
    with pytest.raises(CheckpointError, match=r"layers\.7"):
        stats(adapter)
    save_file(tensors | {name: torch.full_like(tensors[name], float("nan"))}, file)
    with pytest.raises(CheckpointError, match=r"NaN"):
        stats(adapter)
    save_file(tensors | {name: torch.zeros(4, 7)}, file)
    with pytest.raises(CheckpointError, match=r"48 x 7|96 x 7"):
        stats(adapter)
