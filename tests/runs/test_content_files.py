"""The files that a checkpoint's answers depend on, each from the folder of its part."""

import os
import shutil
from pathlib import Path

import pytest

from skillprobe_core.runs.content_files import (
    counting_files,
    file_states,
    has_tokenizer,
    is_pickled_weights,
    is_tokenizer,
    is_weights,
    stamps,
)
from skillprobe_core.runs.model_files import ModelFiles


@pytest.mark.parametrize(
    ("name", "weights", "pickled"),
    [
        ("model.safetensors", True, False),
        ("model-00001-of-00002.safetensors", True, False),
        ("model.safetensors.index.json", True, False),
        ("pytorch_model-00001-of-00002.bin", True, True),
        ("consolidated.00.pth", True, True),
        ("adapter_model.bin", True, True),
        ("optimizer.pt", False, False),
        ("training_args.bin", False, False),
        ("rng_state_0.pth", False, False),
        ("config.json", False, False),
    ],
)
def test_weights_are_known_by_their_names(name: str, weights: bool, pickled: bool) -> None:
    assert (is_weights(name), is_pickled_weights(name)) == (weights, pickled)


@pytest.mark.parametrize(
    ("name", "part"),
    [("tokenizer.json", True), ("qwen.tiktoken", True), ("chat_template.jinja", True), ("vocab.py", False)],
)
def test_a_tokenizers_files_are_known_by_their_names(name: str, part: bool) -> None:
    assert is_tokenizer(name) is part


def test_a_trainers_own_files_do_not_count(tiny_run: Path) -> None:
    found = counting_files(tiny_run / "checkpoint-10")
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= set(found)
    assert not {"training_args.bin", "trainer_state.json"} & set(found)
    assert list(found) == sorted(found)


@pytest.fixture
def apart(tiny_run: Path, tmp_path: Path) -> ModelFiles:
    """Weights, configuration and tokenizer in three folders, each of which holds all files."""
    folders = [Path(shutil.copytree(tiny_run / "checkpoint-10", tmp_path / name)) for name in "wct"]
    return ModelFiles(tmp_path, *folders)


def test_each_file_comes_from_the_folder_of_its_part(apart: ModelFiles) -> None:
    for name, path in counting_files(apart).items():
        part = apart.weights if is_weights(name) else apart.tokenizer if is_tokenizer(name) else apart.config
        assert path == part / name


def test_weights_may_be_a_file_next_to_others(apart: ModelFiles) -> None:
    file = apart.weights / "model.safetensors"
    found = counting_files(ModelFiles(file, file, apart.config, apart.tokenizer))
    assert found["model.safetensors"] == file
    assert set(found) == set(counting_files(apart))


def test_a_stamp_follows_size_and_time_and_a_state_the_inode_as_well(tiny_run: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "c"))
    before, states = stamps(folder), file_states(folder)
    assert [stamp.name for stamp in before] == sorted(stamp.name for stamp in before)
    (folder / "optimizer.pt").write_bytes(b"state")
    assert stamps(folder) == before
    os.utime(folder / "config.json", (1, 1))
    assert stamps(folder) != before
    swapped = shutil.copy2(folder / "tokenizer.json", tmp_path / "same")
    Path(swapped).replace(folder / "tokenizer.json")
    changed = {new.path.name for new, old in zip(file_states(folder), states, strict=True) if new != old}
    assert changed == {"config.json", "tokenizer.json"}


def test_a_folder_that_cannot_be_read_is_not_empty(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        stamps(tmp_path / "nowhere")


def test_a_tokenizer_is_there_with_any_of_its_files(tmp_path: Path) -> None:
    assert not has_tokenizer(ModelFiles.of(tmp_path))
    (tmp_path / "spiece.model").touch()
    assert has_tokenizer(ModelFiles.of(tmp_path))
