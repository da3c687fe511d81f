import json
import math
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel

from skillprobe_core.errors import CheckpointError
from skillprobe_core.models.model_validation import (
    all_finite,
    auto_class,
    comparable_tokenizers,
    comparable_weights,
    validate,
)
from skillprobe_core.runs.model_files import as_files


@pytest.fixture
def folder(tiny_base, tmp_path):
    shutil.copytree(tiny_base, tmp_path / "model")
    return tmp_path / "model"


def change(file, **values):
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def refused(function, *arguments):
    with pytest.raises(CheckpointError) as caught:
        function(*arguments)
    assert caught.value.path is not None
    assert caught.value.remedy
    return caught.value.cause


def test_a_whole_checkpoint_passes(tiny_base, tiny_run):
    validate(tiny_base)
    validate(tiny_run / "checkpoint-10")
    comparable_tokenizers(tiny_run / "checkpoint-10", tiny_base)
    comparable_weights(tiny_run / "checkpoint-10", tiny_base)


def test_a_folder_without_a_configuration_is_refused(folder):
    (folder / "config.json").unlink()
    assert "no config.json" in refused(validate, folder)


def test_a_folder_that_does_not_exist_is_refused(tmp_path):
    assert "no such folder" in refused(validate, tmp_path / "nowhere")


def test_truncated_weights_are_refused(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    assert "truncated" in refused(validate, folder)


def test_a_folder_without_a_tokenizer_is_refused(folder):
    for file in folder.glob("tokenizer*"):
        file.unlink()
    assert "no tokenizer" in refused(validate, folder)


@pytest.mark.parametrize("model_type", ["t5", "vit", "never-heard-of", None])
def test_architectures_that_cannot_generate_alone(folder, model_type):
    change(folder / "config.json", model_type=model_type, architectures=["TheirModel"])
    assert "TheirModel" in refused(validate, folder)


@pytest.mark.parametrize("name", ["LlamaForSequenceClassification", "ShieldGemma2ForImageClassification"])
def test_classifiers_are_refused_even_if_their_head_could_be_tied(folder, name):
    change(folder / "config.json", architectures=[name])
    assert refused(validate, folder) == f"{name} is a classifier, not a language model"


@pytest.mark.parametrize(
    ("model_type", "name"),
    [
        ("llama", "AutoModelForCausalLM"),
        ("gemma3", "AutoModelForCausalLM"),
        ("qwen2_5_vl", "AutoModelForImageTextToText"),
        ("mistral3", "AutoModelForImageTextToText"),
        ("internvl", "AutoModelForImageTextToText"),
    ],
)
def test_multimodal_models_are_loaded_with_their_towers(folder, model_type, name):
    change(folder / "config.json", model_type=model_type)
    assert auto_class(as_files(folder)).__name__ == name


def test_a_text_part_with_a_model_type_of_its_own_is_found_by_its_class(folder):
    change(folder / "config.json", model_type="emu3_text_model", architectures=["Emu3ForCausalLM"])
    assert auto_class(as_files(folder)).__name__ == "Emu3ForCausalLM"


def test_encoders_with_decoders_are_refused_even_if_they_read_images(folder):
    change(folder / "config.json", model_type="florence2", is_encoder_decoder=True, architectures=["TheirModel"])
    assert "TheirModel" in refused(validate, folder)


def test_code_of_the_checkpoint_is_never_run(folder):
    change(folder / "config.json", model_type="theirs", auto_map={"AutoModelForCausalLM": "modeling.TheirModel"})
    (folder / "modeling.py").write_text("raise SystemExit('their code ran')")
    assert "needs code from the checkpoint" in refused(validate, folder)


def with_tokens(folder, order):
    """The tokenizer with its tokens in another order."""
    text = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = text["model"]["vocab"]
    by_id = sorted(vocabulary, key=vocabulary.get)
    text["model"]["vocab"] = {token: vocabulary[by_id[order(place)]] for place, token in enumerate(by_id)}
    (folder / "tokenizer.json").write_text(json.dumps(text))
    return by_id, vocabulary


def test_another_tokenizer_is_refused_and_the_first_token_that_differs_is_named(folder, tiny_base):
    by_id, vocabulary = with_tokens(folder, lambda place: place - 1 if place > 40 else place or 40)
    cause = refused(comparable_tokenizers, folder, tiny_base)
    assert re.search(r"\d+ of its 301 tokens \(1\d\.\d%, at least 50% are needed\) have the same id; token", cause)
    assert "in the base" in cause
    assert len(by_id) == len(vocabulary)


def test_tokens_may_be_added_and_some_renamed(folder, tiny_base):
    from transformers import AutoTokenizer

    with_tokens(folder, lambda place: {40: 41, 41: 40}.get(place, place))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["<think>"])
    tokenizer.save_pretrained(folder)
    comparable_tokenizers(folder, tiny_base)
    comparable_tokenizers(tiny_base, folder)


def test_another_model_is_refused_and_both_shapes_are_named(folder, tiny_base):
    tensors = load_file(folder / "model.safetensors")
    wider = {name: torch.zeros(*tensor.shape[:-1], tensor.shape[-1] + 1) for name, tensor in tensors.items()}
    save_file(wider, folder / "model.safetensors")
    cause = refused(comparable_weights, folder, tiny_base)
    assert "only 0% of the parameters can be compared with the base" in cause
    assert "[300, 33] here and has shape [300, 32] in the base" in cause


def test_single_tensors_may_differ(folder, tiny_base):
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    tensors["model.norm.weight"] = torch.ones(31)
    save_file(tensors, folder / "model.safetensors")
    comparable_weights(folder, tiny_base)
    comparable_weights(tiny_base, folder)


def test_a_stored_copy_of_a_tied_head_is_no_difference(folder, tiny_base):
    tensors = load_file(folder / "model.safetensors")
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone()
    save_file(tensors, folder / "model.safetensors")
    comparable_weights(folder, tiny_base)
    comparable_weights(tiny_base, folder)


def stored_as(folder, rename=lambda name: name, **more):
    tensors = {rename(name): tensor for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file({**tensors, **more}, folder / "model.safetensors", {"format": "pt"})


def test_names_that_a_wrapper_changed_are_no_difference(folder, tiny_base):
    stored_as(folder, "_orig_mod.{}".format)
    comparable_weights(folder, tiny_base)
    comparable_weights(tiny_base, folder)


def test_an_extra_value_head_is_not_a_difference(folder, tiny_base):
    stored_as(folder, **{"v_head.summary.weight": torch.ones(1, 32), "v_head.summary.bias": torch.ones(1)})
    comparable_weights(folder, tiny_base)


def test_constants_that_one_side_stores_are_no_difference(folder, tiny_base):
    stored_as(folder, **{"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(4)})
    comparable_weights(folder, tiny_base)
    comparable_weights(tiny_base, folder)


def test_a_part_of_a_model_is_refused(folder, tiny_base):
    tensors = load_file(folder / "model.safetensors")
    save_file({name: tensor for name, tensor in tensors.items() if "norm" in name}, folder / "model.safetensors")
    assert "of the parameters can be compared" in refused(comparable_weights, folder, tiny_base)


def test_gpt2_as_it_is_published_is_the_base_of_what_is_saved(tmp_path):
    """The published file names no `transformer.` and holds the causal masks; `save_pretrained` does the contrary."""
    shape = {"vocab_size": 50, "n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 16}
    GPT2LMHeadModel(GPT2Config(**shape, bos_token_id=0, eos_token_id=0)).save_pretrained(tmp_path / "tuned")
    tensors = load_file(tmp_path / "tuned" / "model.safetensors")
    published = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}
    published |= {f"h.{layer}.attn.bias": torch.ones(1, 1, 16, 16) for layer in range(2)}
    assert published.keys() & tensors.keys() == set()
    shutil.copytree(tmp_path / "tuned", tmp_path / "base")
    save_file(published, tmp_path / "base" / "model.safetensors", {"format": "pt"})
    comparable_weights(tmp_path / "tuned", tmp_path / "base")
    comparable_weights(tmp_path / "base", tmp_path / "tuned")


DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16, torch.float8_e4m3fn, torch.float8_e5m2)


NO_NUMBERS = [
    (dtype, value)
    for dtype in DTYPES
    for value in (math.nan, math.inf, -math.inf)
    if math.isnan(value) or dtype is not torch.float8_e4m3fn  # which has no infinity
]


@pytest.mark.parametrize(("dtype", "value"), NO_NUMBERS)
def test_one_weight_that_is_no_number_is_found_wherever_it_is(tmp_path, dtype, value):
    for place in (0, 300_000, 599_999):
        weights = torch.ones(600_000)
        weights[place] = value
        save_file({"a.weight": torch.ones(3), "b.weight": weights.to(dtype)}, tmp_path / "model.safetensors")
        says = refused(all_finite, tmp_path)
        assert says == f"tensor 'b.weight' holds {'NaN' if math.isnan(value) else 'infinite'} weights"


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_largest_numbers_are_numbers(tmp_path, dtype):
    largest = torch.full((1000,), torch.finfo(dtype).max, dtype=torch.float64).to(dtype)
    save_file({"a.weight": largest, "empty.weight": largest[:0].clone()}, tmp_path / "model.safetensors")
    all_finite(tmp_path)
