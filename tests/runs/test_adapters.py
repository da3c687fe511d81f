"""LoRA adapters: found, loaded over their base, and equal to what PEFT merges."""

import json
import shutil

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, Qwen3MoeConfig, Qwen3MoeForCausalLM

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.checkpoints.describe_checkpoint import describe
from skillprobe_core.models.model_loading import load_model, release_model
from skillprobe_core.models.model_validation import comparable_tokenizers, comparable_weights, validate
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.runs.adapters import base_of, is_adapter
from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.identity import contents, identity, read_again
from skillprobe_core.runs.model_files import ModelFiles

CONFIGS = {
    "plain": LoraConfig(r=4, lora_alpha=12, target_modules=["q_proj", "down_proj"]),
    "rank stabilised": LoraConfig(r=4, lora_alpha=12, use_rslora=True, target_modules="all-linear"),
    "patterns": LoraConfig(
        r=4, target_modules=["q_proj", "up_proj"], rank_pattern={"layers.1.self_attn.q_proj": 2},
        alpha_pattern={"up_proj": 32},
    ),
    "a head that the base ties": LoraConfig(r=2, target_modules=["v_proj"], modules_to_save=["lm_head"]),
    "fan in, fan out": LoraConfig(r=3, target_modules=["c_attn", "c_fc", "c_proj"], fan_in_fan_out=True),
    "DoRA": LoraConfig(r=4, lora_alpha=12, use_dora=True, target_modules=["q_proj", "down_proj"]),
    "bias of B": LoraConfig(r=4, lora_bias=True, target_modules=["q_proj", "k_proj"]),
    "all biases": LoraConfig(r=4, bias="all", target_modules=["q_proj"]),
    "rows of tokens, tied": LoraConfig(r=2, target_modules=["q_proj"], trainable_token_indices=[7, 100]),
    "a tied embedding": LoraConfig(r=2, target_modules=["q_proj", "embed_tokens"]),
    "a tied head": LoraConfig(r=2, target_modules=["q_proj", "lm_head"]),
    "a saved embedding, tied": LoraConfig(r=2, target_modules=["q_proj"], modules_to_save=["embed_tokens"]),
    "a tied embedding, embeddings saved": LoraConfig(r=2, target_modules=["q_proj", "embed_tokens"]),
    "a tied head, embeddings saved": LoraConfig(r=2, target_modules=["q_proj", "lm_head"]),
    "DoRA of an embedding, embeddings saved": LoraConfig(r=2, use_dora=True, target_modules=["q_proj", "embed_tokens"]),
}  # fmt: skip
# Merging changes both of two tied tensors, where only one was trained.
UNMERGED = ("a tied embedding", "a tied head", "DoRA of an embedding")
PLAIN = CONFIGS["plain"]


def write_adapter(base, config, folder, *, embeddings=False):
    """An adapter of `base` whose tensors are far from zero, as PEFT saves it, and PEFT's own model.

    embeddings: PEFT also saves the embedding and the head, as it does by default if it adapts one of them.
    """
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), config)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if parameter.requires_grad and "original_module" not in name:
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    adapted.save_pretrained(folder, save_embedding_layers=embeddings)
    return adapted.eval()


@pytest.fixture
def adapter(tiny_base, tmp_path):
    folder = tmp_path / "run" / "checkpoint-10"
    write_adapter(tiny_base, PLAIN, folder)
    (folder / "trainer_state.json").write_text('{"global_step": 10}')
    return folder


@pytest.mark.parametrize("name", CONFIGS)
def test_it_answers_as_pefts_own_model(tiny_base, tmp_path, name):
    base = tiny_base
    if name == "fan in, fan out":
        base = tmp_path / "gpt2"
        shutil.copytree(tiny_base, base)
        torch.manual_seed(0)
        size = len(load_tokenizer(tiny_base))
        GPT2LMHeadModel(GPT2Config(vocab_size=size, n_embd=32, n_layer=2, n_head=4, n_positions=64)).save_pretrained(
            base
        )
    adapted = write_adapter(base, CONFIGS[name], tmp_path / "adapter", embeddings="embeddings saved" in name)
    ids = torch.randint(0, 250, (3, 20), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        expected = adapted(ids).logits
        found = load_model(tmp_path / "adapter", torch.float32, "cpu")(ids).logits
        plain = load_model(base, torch.float32, "cpu")(ids).logits
    assert (found - expected).abs().max() < 1e-5
    assert (found - plain).abs().max() > 1e-2
    if not name.startswith(UNMERGED):
        with torch.inference_mode():
            merged = adapted.merge_and_unload()(ids).logits
        assert (found - merged).abs().max() < 1e-5


@pytest.mark.parametrize("start", ["pissa", "olora"])
def test_an_adapter_that_changed_its_base_is_refused_until_it_is_converted(tiny_base, tmp_path, start):
    base = AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.float32)
    config = LoraConfig(r=4, target_modules=["q_proj", "down_proj"], init_lora_weights=start)
    adapted = get_peft_model(base, config)
    adapted.peft_config["default"].init_lora_weights = True  # as PEFT's documentation prescribes for the initial one
    adapted.save_pretrained(tmp_path / "initial")
    adapted.peft_config["default"].init_lora_weights = start
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    ids = torch.randint(0, 250, (3, 20), generator=generator)
    with torch.inference_mode():
        expected = adapted.eval()(ids).logits
    adapted.save_pretrained(tmp_path / "raw")
    with pytest.raises(CheckpointError, match=rf"initialised with '{start}'(.|\n)*path_initial_model_for_weight"):
        validate(ModelFiles.of(tmp_path / "raw", ModelFiles.of(tiny_base)))
    adapted.save_pretrained(tmp_path / "converted", path_initial_model_for_weight_conversion=tmp_path / "initial")
    release_model()
    with torch.inference_mode():
        converted = ModelFiles.of(tmp_path / "converted", ModelFiles.of(tiny_base))
        found = load_model(converted, torch.float32, "cpu")(ids).logits
    assert (found - expected).abs().max() < 1e-4


def test_an_activated_adapter_is_refused(tiny_base, tmp_path):
    config = LoraConfig(task_type="CAUSAL_LM", r=4, target_modules=["q_proj"], alora_invocation_tokens=[7, 8, 9])
    write_adapter(tiny_base, config, tmp_path / "adapter")
    with pytest.raises(CheckpointError, match="alora_invocation_tokens"):
        validate(tmp_path / "adapter")


def test_experts_are_adapted_where_the_base_stores_them_one_by_one(tiny_base, tmp_path):
    base = tmp_path / "moe"
    shutil.copytree(tiny_base, base)
    torch.manual_seed(0)
    Qwen3MoeForCausalLM(
        Qwen3MoeConfig(
            vocab_size=300, hidden_size=32, intermediate_size=48, moe_intermediate_size=20, num_experts=3,
            num_experts_per_tok=2, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=8,
        )
    ).save_pretrained(base)  # fmt: skip
    config = LoraConfig(
        r=2, lora_alpha=9, target_modules=["q_proj"], target_parameters=["experts.gate_up_proj", "experts.down_proj"]
    )
    adapted = write_adapter(base, config, tmp_path / "adapter")
    ids = torch.randint(0, 250, (3, 20), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        expected = adapted(ids).logits
        found = load_model(tmp_path / "adapter", torch.float32, "cpu")(ids).logits
        plain = load_model(base, torch.float32, "cpu")(ids).logits
    assert (found - expected).abs().max() < 1e-5
    assert (found - plain).abs().max() > 1e-2


def test_an_adapter_of_the_published_gpt2_fits_it(tiny_base, tmp_path):
    """The published file names no `transformer.`, which the adapter's modules do."""
    base = tmp_path / "gpt2"
    shutil.copytree(tiny_base, base)
    GPT2LMHeadModel(GPT2Config(vocab_size=300, n_embd=32, n_layer=2, n_head=4, n_positions=64)).save_pretrained(base)
    adapted = write_adapter(base, CONFIGS["fan in, fan out"], tmp_path / "adapter")
    file = base / "model.safetensors"
    tensors = {name.removeprefix("transformer."): tensor for name, tensor in load_file(file).items()}
    save_file(tensors, file, {"format": "pt"})
    comparable_weights(tmp_path / "adapter", base)
    ids = torch.randint(0, 250, (3, 20), generator=torch.Generator().manual_seed(2))
    release_model()
    with torch.inference_mode():
        found = load_model(tmp_path / "adapter", torch.float32, "cpu")(ids).logits
        assert (found - adapted(ids).logits).abs().max() < 1e-5


def test_several_adapters_in_one_file_are_refused(adapter, tiny_base):
    file = adapter / "adapter_model.safetensors"
    tensors = load_file(file)
    both = {
        name.replace(".weight", f".{which}.weight"): tensor.clone()
        for name, tensor in tensors.items()
        for which in ("first", "second")
    }
    save_file(both, file, {"format": "pt"})
    with pytest.raises(CheckpointError, match="several adapters: first, second"):
        comparable_weights(adapter, tiny_base)
    only = {name: tensor for name, tensor in both.items() if "first" in name}
    save_file(only, file, {"format": "pt"})
    comparable_weights(adapter, tiny_base)


def test_it_is_whole_as_its_trainer_leaves_it(adapter, tiny_base):
    (found,) = discover(adapter.parent, "run", "sft")
    assert (found.checkpoint.step, found.ready) == (10, True)
    (alone,) = discover(adapter, "run", "sft", settle_seconds=0)
    assert (alone.checkpoint.path, alone.checkpoint.step, alone.ready) == (adapter, 10, True)
    validate(adapter)
    comparable_tokenizers(adapter, tiny_base)
    comparable_weights(adapter, tiny_base)
    files = found.checkpoint.files
    row = describe(found.checkpoint, "0", identity(files), contents(files).tensors_digest).row(0, named=True)
    assert row["architecture"] == "Qwen2ForCausalLM"
    assert 0 < row["parameter_count"] < 10_000


def test_a_bare_adapter_is_a_run_of_one_checkpoint(adapter, tmp_path):
    bare = tmp_path / "bare"
    shutil.copytree(adapter, bare, ignore=shutil.ignore_patterns("trainer_state.json"))
    (found,) = discover(bare, "bare", "sft", settle_seconds=0)
    assert (found.checkpoint.step, found.ready) == (0, True)
    (bare / "adapter_config.json").write_text("{")
    (found,) = discover(bare, "bare", "sft", settle_seconds=0)
    assert found.waiting_for == "adapter_config.json is incomplete"


def test_its_identity_is_that_of_its_bytes_and_its_bases(adapter, tiny_base, tmp_path):
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert base_of(adapter) == ModelFiles.of(tiny_base)
    first = identity(adapter)
    moved, other = tmp_path / "moved", tmp_path / "other"
    shutil.copytree(tiny_base, moved)
    (adapter / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": str(moved)}))
    assert identity(adapter) == first
    shutil.copytree(tiny_base, other)
    settings = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(settings | {"rms_norm_eps": 0.5}))
    on_other = identity(ModelFiles.of(adapter, ModelFiles.of(other)))
    assert on_other.digest != first.digest
    assert on_other.weights_digest == first.weights_digest
    assert contents(adapter).tensors_digest == contents(ModelFiles.of(adapter, ModelFiles.of(other))).tensors_digest
    assert identity(adapter) == first, "the base belongs to the files that were given, not to the folder"


def test_only_results_of_models_that_were_misread_are_computed_again(adapter, tiny_base, tmp_path):
    """The digest of the files is that under which earlier versions stored results."""
    saved, merged = tmp_path / "saved", tmp_path / "merged"
    write_adapter(tiny_base, CONFIGS["a saved embedding, tied"], saved)
    for right in (adapter, saved):
        assert identity(right).weights_digest == read_again(right)[1].identity.weights_digest
    # The update of the embedding was left out, since the embedding itself is also there.
    write_adapter(tiny_base, CONFIGS["a tied embedding, embeddings saved"], saved, embeddings=True)
    assert identity(saved).weights_digest != read_again(saved)[1].identity.weights_digest
    # The adapter was added once more to the completions, while statistics of the weights were right.
    shutil.copytree(tiny_base, merged)
    shutil.copy(adapter / "adapter_config.json", merged)
    of_files, found = read_again(merged)[1].identity, identity(merged)
    assert (found.weights_digest, found.tokenizer_digest) == (of_files.weights_digest, of_files.tokenizer_digest)
    assert found.config_digest != of_files.config_digest


def test_a_base_that_does_not_exist_is_an_error_that_names_it(adapter, tiny_base):
    config = json.loads((adapter / "adapter_config.json").read_text())
    (adapter / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": "some/model"}))
    release_model()
    with pytest.raises(CheckpointError, match=r"'some/model' is not a local folder(.|\n)*--base FOLDER"):
        load_model(adapter)
    assert load_model(ModelFiles.of(adapter, ModelFiles.of(tiny_base)), torch.float32, "cpu").num_parameters() > 10_000


def test_an_adapter_of_another_base_and_other_kinds_are_refused(adapter, tiny_base, tmp_path):
    size = len(load_tokenizer(tiny_base))
    other = tmp_path / "gpt2"
    shutil.copytree(tiny_base, other)
    GPT2LMHeadModel(GPT2Config(vocab_size=size, n_embd=32, n_layer=2, n_head=4)).save_pretrained(other)
    with pytest.raises(CheckpointError, match=r"which the base .* does not have"):
        comparable_weights(adapter, other)
    file = adapter / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"use_dora": True}))
    with pytest.raises(CheckpointError, match=r"has no magnitude"):
        comparable_weights(adapter, tiny_base)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"peft_type": "LOHA"}))
    with pytest.raises(CheckpointError, match=r"only LoRA adapters .* LOHA"):
        validate(adapter)


def test_a_complete_model_next_to_its_adapter_is_not_an_adapter(adapter, tiny_base):
    assert is_adapter(adapter)
    shutil.copy(tiny_base / "model.safetensors", adapter)
    assert not is_adapter(adapter)
