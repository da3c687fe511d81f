"""One folder for libraries that read a model's parts from one place."""

import shutil
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from skillprobe_core.runs.joined_folder import in_one_folder
from skillprobe_core.runs.model_files import ModelFiles


def test_a_model_whose_parts_lie_together_is_read_where_it_is(tiny_base: Path) -> None:
    with in_one_folder(ModelFiles.of(tiny_base)) as folder:
        assert folder == tiny_base


def test_parts_that_lie_apart_are_joined_for_as_long_as_they_are_needed(tiny_run: Path, tmp_path: Path) -> None:
    source = tiny_run / "checkpoint-10"
    weights, config, tokenizer = (tmp_path / name for name in "wct")
    for folder in (config, tokenizer):
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    weights.mkdir()
    file = Path(shutil.copy(source / "model.safetensors", weights / "0000010_weights.safetensors"))
    with in_one_folder(ModelFiles(file, file, config, tokenizer)) as folder:
        model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
        assert len(AutoTokenizer.from_pretrained(folder, local_files_only=True)) > 256
        stored = load_file(file)
        assert torch.equal(model.state_dict()["model.norm.weight"], stored["model.norm.weight"])
    assert not folder.exists()
    assert file.exists()


def test_a_tokenizer_needs_no_weights(tiny_base: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_base, tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors")))
    with in_one_folder(ModelFiles.of(folder)) as given:
        assert given == folder


def test_only_the_files_of_the_model_are_given(tiny_base: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_base, tmp_path / "model"))
    (folder / "consolidated.safetensors").write_bytes(b"another format")
    (folder / "hf_quant_config.json").write_text("{}")
    with in_one_folder(ModelFiles.of(folder)) as given:
        names = {path.name for path in given.iterdir()}
    assert names == {path.name for path in folder.iterdir()} - {"consolidated.safetensors"}


def test_an_adapter_next_to_the_weights_that_contain_it_is_not_added_again(tiny_run: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "merged"))
    adapted = get_peft_model(
        AutoModelForCausalLM.from_pretrained(folder),
        LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False, task_type="CAUSAL_LM"),
    )
    adapted.save_pretrained(folder)
    prompt = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        expected = AutoModelForCausalLM.from_pretrained(tiny_run / "checkpoint-10")(prompt).logits
        twice = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)(prompt).logits
        with in_one_folder(ModelFiles.of(folder)) as joined:
            found = AutoModelForCausalLM.from_pretrained(joined, local_files_only=True)(prompt).logits
    assert torch.equal(found, expected)
    assert not torch.allclose(twice, expected)  # as transformers alone reads the folder
