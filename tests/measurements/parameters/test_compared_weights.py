import json

import polars as pl
import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GptOssConfig,
    GptOssForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
)

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.runs.weights import open_weights


def qwen(*, tied: bool = False) -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    config = Qwen2Config(
        tie_word_embeddings=tied,
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


def experts(layers: int = 1) -> Qwen3MoeForCausalLM:
    torch.manual_seed(0)
    config = Qwen3MoeConfig(
        vocab_size=80,
        hidden_size=48,
        intermediate_size=96,
        moe_intermediate_size=20,
        num_experts=3,
        num_experts_per_tok=2,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=12,
    )
    return Qwen3MoeForCausalLM(config)


def gpt_oss() -> GptOssForCausalLM:
    """Its down projections are square, so that their shapes do not show their orientation."""
    torch.manual_seed(0)
    config = GptOssConfig(
        vocab_size=80,
        hidden_size=48,
        intermediate_size=48,
        num_local_experts=3,
        num_experts_per_tok=2,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=12,
    )
    model = GptOssForCausalLM(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.1)
    return model


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
    "embedding and head, saved as well": (qwen, LoraConfig(r=3, target_modules=["embed_tokens", "lm_head"])),
    "DoRA, embedding saved as well": (qwen, LoraConfig(r=3, use_dora=True, target_modules=["embed_tokens"])),
    "fan in, fan out": (gpt2, LoraConfig(r=3, target_modules=["c_attn", "c_fc", "c_proj"], fan_in_fan_out=True)),
    "DoRA": (
        qwen,
        LoraConfig(r=4, lora_alpha=12, use_dora=True, target_modules=["q_proj", "down_proj", "embed_tokens"]),
    ),
    "DoRA, fan in": (gpt2, LoraConfig(r=3, use_dora=True, target_modules=["c_attn", "c_proj"], fan_in_fan_out=True)),
    "bias of B": (qwen, LoraConfig(r=4, lora_bias=True, lora_alpha=12, target_modules=["q_proj", "v_proj"])),
    "all biases": (qwen, LoraConfig(r=4, bias="all", target_modules=["q_proj"])),
    "rows of tokens": (
        qwen,
        LoraConfig(r=4, target_modules=["q_proj"], trainable_token_indices={"embed_tokens": [70, 3], "lm_head": [5]}),
    ),
    "stacked experts": (
        experts,
        LoraConfig(
            r=2,
            lora_alpha=6,
            target_modules=["q_proj"],
            target_parameters=["mlp.experts.gate_up_proj", "mlp.experts.down_proj", "mlp.gate.weight"],
            rank_pattern={"experts.down_proj": 3},
        ),
    ),
    "experts as (in, out)": (
        gpt_oss,
        LoraConfig(r=2, target_modules=["q_proj"], target_parameters=["experts.gate_up_proj", "experts.down_proj"]),
    ),
    "orthogonal start": (qwen, LoraConfig(r=4, init_lora_weights="orthogonal", target_modules=["o_proj"])),
}
TRAINED = ("lora_", "modules_to_save", "trainable_tokens_delta")


@pytest.mark.parametrize("name", CONFIGS)
def test_an_adapter_equals_its_merged_model(tmp_path, name):
    build, config = CONFIGS[name]
    model = build()
    model.save_pretrained(tmp_path / "base")
    adapted = get_peft_model(model, config)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for key, parameter in adapted.named_parameters():
            if any(word in key for word in TRAINED) or (config.bias == "all" and key.endswith("bias")):
                parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    adapted.save_pretrained(tmp_path / "adapter", save_embedding_layers="saved as well" in name)
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
    low_rank = moved.filter(pl.col("dtype").str.contains("+", literal=True) & (pl.col("shape").list.len() > 1))
    if not config.use_dora:
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


REFUSED = [
    ("peft_type", "IA3"),
    ("r", "none"),
    ("init_lora_weights", "pissa"),
    ("init_lora_weights", "pissa_niter_4"),
    ("init_lora_weights", "olora"),
    ("init_lora_weights", "corda"),
    ("init_lora_weights", "loftq"),
    ("layer_replication", [[0, 1], [0, 2]]),
    ("use_qalora", True),
    ("field_of_a_later_version", {"strength": 2}),
]


@pytest.mark.parametrize("value", [None, False, {}, [], 0, ""])
def test_an_unknown_field_that_is_off_changes_nothing(adapter, value):
    file = adapter / "adapter" / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"field_of_a_later_version": value}))
    assert stats(adapter)["delta_norm"].max() == 0.0


@pytest.mark.parametrize(("key", "value"), [("field_of_a_later_version", 1), ("alora_invocation_tokens", [7, 8])])
def test_a_field_that_is_not_supported_is_named(adapter, key, value):
    file = adapter / "adapter" / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    with pytest.raises(CheckpointError, match=key):
        stats(adapter)


def test_a_configuration_without_its_tensors_is_refused(adapter):
    file = adapter / "adapter" / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"use_dora": True}))
    with pytest.raises(CheckpointError, match="has no magnitude of"):
        stats(adapter)


@pytest.mark.parametrize(("key", "value"), REFUSED)
def test_other_adapters_are_refused_with_a_remedy(adapter, key, value):
    file = adapter / "adapter" / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    with pytest.raises(CheckpointError, match=r"adapter_config.*(.|\n)*merge"):
        stats(adapter)


@pytest.mark.parametrize("target", ["embed_tokens", "lm_head"])
@pytest.mark.parametrize("saved", [False, True])
def test_a_tied_tensor_that_the_adapter_leaves_alone_keeps_the_bases_values(tmp_path, target, saved):
    model = qwen(tied=True)
    model.save_pretrained(tmp_path / "base")
    names = {"modules_to_save": [target]} if saved else {}
    targets = ["q_proj"] if saved else ["q_proj", target]
    adapted = get_peft_model(model, LoraConfig(r=2, target_modules=targets, init_lora_weights=False, **names))
    with torch.no_grad():
        for key, parameter in adapted.named_parameters():
            if "modules_to_save" in key:
                parameter.add_(0.05)
    adapted.save_pretrained(tmp_path / "adapter", save_embedding_layers=False)
    found = {row["tensor"]: row for row in stats(tmp_path).iter_rows(named=True)}
    embedding, head = found["model.embed_tokens.weight"], found["lm_head.weight"]
    changed, kept = (embedding, head) if target == "embed_tokens" else (head, embedding)
    assert (changed["status"], kept["status"]) == ("compared", "compared")
    assert changed["delta_norm"] > 0
    assert kept["delta_norm"] == 0.0
    assert head["base_tensor"] == "model.embed_tokens.weight"


def test_an_adapter_of_a_module_matches_a_base_that_names_its_tensors_otherwise(tmp_path):
    """GPT-2 is published without `transformer.`, which an adapter names; experts are published one by one."""
    for number, (build, rename) in enumerate(((gpt2, lambda name: name.removeprefix("transformer.")), (experts, str))):
        folder = tmp_path / str(number)
        model = build()
        model.save_pretrained(folder / "base")
        file = folder / "base" / "model.safetensors"
        save_file({rename(name): tensor for name, tensor in load_file(file).items()}, file, {"format": "pt"})
        config = LoraConfig(r=2, target_modules=["c_attn"] if build is gpt2 else ["v_proj"], init_lora_weights=False)
        get_peft_model(model, config).save_pretrained(folder / "adapter")
        moved = stats(folder).filter(pl.col("delta_norm") > 0)
        assert moved.height == (2 if build is gpt2 else 1)
    assert any("experts.0.gate_proj" in name for name in load_file(file)), "the base stores experts one by one"


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
