"""The files of a model, by names and places."""

import json
import shutil
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.chosen_files import chosen_files, files_aside, misleading
from skillprobe_core.runs.model_files import ModelFiles


@pytest.fixture
def folder(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "model"))


def test_a_trainers_folder_misleads_nobody(folder: Path) -> None:
    for name in (
        "zero_to_fp32.py",
        "optimizer.pt",
        "rng_state_0.pth",
        "scheduler.pt",
        "README.md",
        "train_results.json",
        "LICENSE.txt",
    ):
        (folder / name).touch()
    (folder / "global_step10").mkdir()
    chosen = chosen_files(folder)
    assert set(chosen) == {
        "model.safetensors", "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
    }  # fmt: skip
    assert not misleading(folder, chosen)


@pytest.mark.parametrize(
    "name", ["adapter_config.json", "pytorch_model.bin", "consolidated.safetensors", "other.gguf", "modeling_own.py"]
)
def test_files_that_a_library_may_read(folder: Path, name: str) -> None:
    (folder / name).write_text("{}")
    chosen = chosen_files(folder)
    assert name not in chosen
    assert misleading(folder, chosen)


def test_parts_come_from_their_own_folders(folder: Path, tmp_path: Path) -> None:
    file = Path(shutil.move(folder / "model.safetensors", tmp_path / "0000010_weights.safetensors"))
    chosen = chosen_files(ModelFiles(file, file, folder, folder))
    assert chosen["model.safetensors"] == file
    assert chosen["config.json"] == folder / "config.json"


def test_an_index_comes_with_its_shards_alone(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"x": "model-00001-of-00001.safetensors"}}))
    assert {"model-00001-of-00001.safetensors", index.name} <= set(chosen_files(folder))
    index.write_text(json.dumps({"weight_map": {"x": "gone.safetensors"}}))
    with pytest.raises(CheckpointError, match=r"shard gone\.safetensors is missing"):
        chosen_files(folder)


def test_a_processor_and_further_templates_are_known_by_name(folder: Path) -> None:
    (folder / "preprocessor_config.json").touch()
    (folder / "additional_chat_templates").mkdir()
    assert set(files_aside(folder)) == {"preprocessor_config.json", "additional_chat_templates"}
    assert not misleading(folder, chosen_files(folder))
