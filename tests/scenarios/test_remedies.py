"""Remedies of refused checkpoints, followed step by step as a new user would."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from skillprobe_core.errors import SkillprobeError
from skillprobe_core.models.model_loading import load_model
from skillprobe_core.models.model_validation import comparable_tokenizers, comparable_weights, validate
from skillprobe_core.runs.given_folder import local_folder

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


@pytest.fixture
def folder(tiny_run: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "checkpoint-10")


@pytest.fixture
def usable(tiny_base: Path) -> Callable[[Path], None]:
    """A function that raises unless a folder can be evaluated against the base."""

    def check(folder: Path) -> None:
        local_folder(folder, "the checkpoint")
        validate(folder)
        comparable_tokenizers(folder, tiny_base)
        comparable_weights(folder, tiny_base)
        load_model(folder, torch.float32, "cpu")

    return check


def remedy_of(usable: Callable[[Path], None], folder: Path) -> str:
    with pytest.raises(SkillprobeError) as refused:
        usable(folder)
    assert refused.value.remedy
    return str(refused.value.remedy)


def with_tokenizer(folder: Path, origin: Path) -> Path:
    for file in origin.glob("*token*"):
        shutil.copy(file, folder)
    return folder


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "consolidated.00.pth"])
def test_pickled_weights_are_converted_whatever_their_name(folder: Path, usable, name: str) -> None:
    torch.save(load_file(folder / WEIGHTS), folder / name)
    (folder / WEIGHTS).unlink()
    with pytest.raises(SkillprobeError) as refused:
        validate(folder)
    remedy = str(refused.value.remedy)
    assert ("rename it to pytorch_model.bin" in remedy) == (name != "pytorch_model.bin")
    if "rename it to" in remedy:
        (folder / name).rename(folder / "pytorch_model.bin")
    assert "from_pretrained(FOLDER, use_safetensors=False).save_pretrained(NEW_FOLDER)" in remedy
    new = folder.parent / "new"
    AutoModelForCausalLM.from_pretrained(folder, use_safetensors=False).save_pretrained(new)
    assert "copy the tokenizer files" in remedy
    usable(with_tokenizer(new, folder))


def test_a_weight_file_of_another_name_is_renamed(folder: Path, usable) -> None:
    (folder / WEIGHTS).rename(folder / "weights.safetensors")
    with pytest.raises(SkillprobeError) as refused:
        validate(folder)
    (name,) = re.findall(r"rename a single weight file to (\S+);", str(refused.value.remedy))
    (folder / "weights.safetensors").rename(folder / name)
    usable(folder)


def test_shards_without_their_index_get_it_back(folder: Path, usable) -> None:
    AutoModelForCausalLM.from_pretrained(folder).save_pretrained(folder.parent / "shards", max_shard_size="60KB")
    new = with_tokenizer(folder.parent / "shards", folder)
    kept = (new / INDEX).rename(folder.parent / "kept.json")
    with pytest.raises(SkillprobeError) as refused:
        validate(new)
    assert f"also copy {INDEX}" in str(refused.value.remedy)
    shutil.copy(kept, new / INDEX)
    usable(new)


def test_one_of_several_adapters_is_saved_alone(tiny_base: Path, tmp_path: Path, usable) -> None:
    config = LoraConfig(r=2, target_modules=["q_proj"])
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_base), config, adapter_name="one")
    model.add_adapter("two", config)
    folder = tmp_path / "adapter"
    model.save_pretrained(tmp_path / "first", selected_adapters=["one"])
    shutil.copytree(tmp_path / "first" / "one", folder)
    file = folder / "adapter_model.safetensors"
    tensors = {
        name.replace(".weight", f".{which}.weight"): tensor.clone()
        for name, tensor in load_file(file).items()
        for which in ("one", "two")
    }
    save_file(tensors, file, {"format": "pt"})
    remedy = remedy_of(usable, folder)
    assert "writes FOLDER/NAME" in remedy
    model.save_pretrained(tmp_path / "alone", selected_adapters=["two"])
    usable(tmp_path / "alone" / "two")


def test_an_adapter_of_another_kind_is_merged(tiny_base: Path, tmp_path: Path, usable) -> None:
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_base), LoraConfig(r=2, target_modules=["q_proj"]))
    folder = tmp_path / "adapter"
    model.save_pretrained(folder)
    file = folder / "adapter_config.json"
    file.write_text(file.read_text().replace('"LORA"', '"OTHER"'))
    remedy = remedy_of(usable, folder)
    assert "merge_and_unload()" in remedy
    file.write_text(file.read_text().replace('"OTHER"', '"LORA"'))
    merged = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_base), folder).merge_and_unload()
    merged.save_pretrained(tmp_path / "merged")
    assert "tokenizer files" in remedy_of(usable, tmp_path / "merged")
    assert "with the tokenizer files" in remedy
    usable(with_tokenizer(tmp_path / "merged", tiny_base))


def test_empty_tensors_name_the_command_that_writes_safetensors(folder: Path, usable) -> None:
    """DeepSpeed's script writes pickled weights by default, and no configuration."""
    tensors = load_file(folder / WEIGHTS)
    name = next(each for each in tensors if "up_proj" in each)
    save_file({**tensors, name: torch.empty(0)}, folder / WEIGHTS, {"format": "pt"})
    remedy = remedy_of(usable, folder)
    assert "python zero_to_fp32.py . OUT --safe_serialization" in remedy
    assert "copy config.json and the tokenizer files to OUT" in remedy
    out = folder.parent / "OUT"
    out.mkdir()
    save_file(tensors, out / WEIGHTS, {"format": "pt"})
    shutil.copy(folder / "config.json", out)
    usable(with_tokenizer(out, folder))


def test_a_folder_without_a_tokenizer_gets_the_bases(folder: Path, tiny_base: Path, usable) -> None:
    for file in folder.glob("*token*"):
        file.unlink()
    assert "copy the base model's tokenizer files" in remedy_of(usable, folder)
    usable(with_tokenizer(folder, tiny_base))


def test_a_file_and_a_run_folder_name_the_checkpoint(folder: Path, usable) -> None:
    (named,) = re.findall(r"name one checkpoint, for example (\S+);", remedy_of(usable, folder.parent))
    usable(Path(named))


def test_a_device_that_is_not_there_names_the_setting(tiny_base: Path) -> None:
    with pytest.raises(SkillprobeError) as refused:
        load_model(tiny_base, device="cuda:99")
    assert 'device = "auto"' in str(refused.value.remedy)
    load_model(tiny_base, device="cpu")
