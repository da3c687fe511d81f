"""Whatever else lies in a model's folder, the tensors that are loaded, digested and measured are the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from skillprobe_core.measurements.parameters.compared_weights import side_of
from skillprobe_core.models.model_loading import load_model, release_model
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.runs.adapters import is_adapter
from skillprobe_core.runs.chosen_files import chosen_files
from skillprobe_core.runs.identity import contents, identity
from skillprobe_core.runs.joined_folder import in_one_folder
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.weights import open_weights

INDEX = "model.safetensors.index.json"
FORMS = ("single", "shards", "adapter")


@pytest.fixture(scope="module")
def folders(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One model in three forms, and the files that other models leave."""
    root = tmp_path_factory.mktemp("forms")
    model = AutoModelForCausalLM.from_pretrained(tiny_base)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(tiny_base)
    model.save_pretrained(root / "single")
    model.save_pretrained(root / "shards", max_shard_size="40KB")
    for form in ("single", "shards"):
        tokenizer.save_pretrained(root / form)
    for number, place in enumerate(("adapter", "left")):
        torch.manual_seed(number)
        base = AutoModelForCausalLM.from_pretrained(tiny_base if place == "adapter" else tiny_run / "checkpoint-10")
        peft = get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
        peft.save_pretrained(root / place)
    other = AutoModelForCausalLM.from_pretrained(tiny_run / "checkpoint-20")
    other.save_pretrained(root / "other")
    other.save_pretrained(root / "other_shards", max_shard_size="60KB")
    return root


def left_adapter(folder: Path, root: Path) -> None:
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        shutil.copy(root / "left" / name, folder)


def pickled(name: str) -> Callable[[Path, Path], None]:
    def write(folder: Path, root: Path) -> None:
        torch.save(load_file(root / "other" / "model.safetensors"), folder / name)

    return write


def copied(name: str) -> Callable[[Path, Path], None]:
    return lambda folder, root: shutil.copy(root / "other" / "model.safetensors", folder / name) and None


def other_shards(folder: Path, root: Path) -> None:
    """The complete model that an earlier save left."""
    for file in (root / "other_shards").glob("model*"):
        shutil.copy(file, folder)


def index_alone(folder: Path, root: Path) -> None:
    shutil.copy(root / "other_shards" / INDEX, folder)


def config(folder: Path, root: Path) -> None:
    shutil.copy(root / "other" / "config.json", folder)


def remainder(folder: Path, root: Path) -> None:
    """The file that ZeRO-3 leaves next to the index."""
    name, tensor = next(iter(load_file(root / "other" / "model.safetensors").items()))
    save_file({name: tensor}, folder / "model.safetensors", metadata={"format": "pt"})


def templates(folder: Path, root: Path) -> None:
    (folder / "additional_chat_templates").mkdir()
    (folder / "additional_chat_templates" / "tool_use.jinja").write_text("{{ messages }}")


ANYWHERE = {
    "pytorch_model.bin": pickled("pytorch_model.bin"),
    "adapter_model.bin": pickled("adapter_model.bin"),
    "consolidated.safetensors": copied("consolidated.safetensors"),
    "consolidated.00.pth": pickled("consolidated.00.pth"),
    "model-00007-of-00009.safetensors": copied("model-00007-of-00009.safetensors"),
    "additional_chat_templates": templates,
}
DECOYS = {
    "single": {**ANYWHERE, "adapter_config.json": left_adapter, "other_shards": other_shards, INDEX: index_alone},
    "shards": {**ANYWHERE, "adapter_config.json": left_adapter, "model.safetensors": remainder},
    "adapter": {
        **ANYWHERE,
        "config.json": lambda folder, root: shutil.copy(root / "other/config.json", folder) and None,
    },
}


def own_tensors(folder: Path) -> dict[str, torch.Tensor]:
    """The tensors that were saved, read by safetensors alone."""
    return {name: tensor for file in sorted(folder.glob("*.safetensors")) for name, tensor in load_file(file).items()}


@pytest.mark.parametrize("form", FORMS)
def test_other_files_in_the_folder_change_nothing(
    form: str, folders: Path, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = ModelFiles.of(tiny_base)
    clean = ModelFiles.of(folders / form, base)
    saved, expected = own_tensors(folders / form), load_model(clean).state_dict()
    if form != "adapter":
        assert all(torch.equal(expected[name], tensor) for name, tensor in saved.items())

    @settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(decoys=st.sets(st.sampled_from(sorted(DECOYS[form])), min_size=1))
    def check(decoys: set[str]) -> None:
        folder = Path(shutil.copytree(folders / form, tmp_path_factory.mktemp("folder") / "model"))
        for name in sorted(decoys):
            DECOYS[form][name](folder, folders)
        files = ModelFiles.of(folder, base)
        assert is_adapter(files) == (form == "adapter")
        digested = open_weights(files)
        assert {name: digested.tensor(name).tolist() for name in digested} == {
            name: tensor.tolist() for name, tensor in saved.items()
        }
        assert identity(files).weights_digest == identity(clean).weights_digest
        assert contents(files) == contents(clean)
        release_model()
        loaded = load_model(files).state_dict()
        assert loaded.keys() == expected.keys()
        assert all(torch.equal(loaded[name], tensor) for name, tensor in expected.items())
        assert type(side_of(open_weights(base), digested)) is type(side_of(open_weights(base), open_weights(clean)))
        assert load_tokenizer(files).get_vocab() == load_tokenizer(clean).get_vocab()
        # Any engine gets this folder, whatever files it looks for.
        with in_one_folder(files) as given_to_engines:
            found = {path.name: path.resolve() for path in given_to_engines.iterdir()}
        chosen = {name: path.resolve() for name, path in chosen_files(files).items()}
        aside = {"README.md", "additional_chat_templates"}
        assert {name: path for name, path in found.items() if name not in aside} == chosen
        assert {name for name in chosen if name.endswith(".safetensors")} == {file.name for file in digested.files}

    check()


def test_a_left_over_adapter_would_have_been_loaded_by_the_library(folders: Path, tmp_path: Path) -> None:
    """The reason for all of this: transformers loads the adapter's base and the adapter in place of the model."""
    folder = Path(shutil.copytree(folders / "single", tmp_path / "model"))
    left_adapter(folder, folders)
    named = json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"]
    by_library = AutoModelForCausalLM.from_pretrained(folder).state_dict()
    stored = load_file(folder / "model.safetensors")
    assert Path(named).name == "checkpoint-10"
    assert any("lora_A" in name for name in by_library)
    assert all(torch.equal(load_model(folder).state_dict()[name], tensor) for name, tensor in stored.items())


def test_a_processor_is_there_for_engines_that_want_one(folders: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders / "single", tmp_path / "model"))
    left_adapter(folder, folders)
    (folder / "preprocessor_config.json").write_text("{}")
    with in_one_folder(ModelFiles.of(folder)) as joined:
        assert (joined / "preprocessor_config.json").exists()
        assert not (joined / "adapter_config.json").exists()
    before = identity(folder)
    (folder / "preprocessor_config.json").write_text('{"size": 1}')
    assert identity(folder) == before
