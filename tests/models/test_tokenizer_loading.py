"""A checkpoint's tokenizer, from local files alone."""

import json
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.models.model_loading import release_model
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.runs.model_files import ModelFiles


@pytest.fixture(autouse=True)
def _nothing_kept():
    release_model()
    yield
    release_model()


@pytest.fixture
def folder(tiny_base, tmp_path):
    shutil.copytree(tiny_base, tmp_path / "model")
    return tmp_path / "model"


def test_a_damaged_tokenizer_is_named(folder):
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(CheckpointError, match="tokenizer cannot be loaded"):
        load_tokenizer(folder)


def test_an_adapter_without_a_tokenizer_has_its_bases(tiny_base: Path, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(
        json.dumps({"base_model_name_or_path": str(tiny_base), "peft_type": "LORA", "r": 1})
    )
    (tmp_path / "adapter_model.safetensors").touch()
    assert load_tokenizer(tmp_path).get_vocab() == load_tokenizer(tiny_base).get_vocab()


def test_code_of_the_checkpoint_is_never_run(folder: Path) -> None:
    config = json.loads((folder / "tokenizer_config.json").read_text())
    config |= {
        "tokenizer_class": "TheirTokenizer",
        "auto_map": {"AutoTokenizer": ["tokenization.TheirTokenizer", None]},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "tokenization.py").write_text("raise SystemExit('their code ran')")
    with suppress(CheckpointError):  # a class of the library may read the files; `SystemExit` would end the test
        load_tokenizer(folder)


def test_a_folder_without_a_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="the tokenizer cannot be loaded") as caught:
        load_tokenizer(tmp_path)
    assert caught.value.path == str(tmp_path)


def test_parts_that_lie_apart_give_the_same_tokenizer(folder: Path, tiny_base: Path, tmp_path: Path) -> None:
    apart = tmp_path / "tokenizer"
    apart.mkdir()
    for file in folder.glob("tokenizer*"):
        file.rename(apart / file.name)
    loaded = load_tokenizer(ModelFiles(tmp_path, folder, folder, apart))
    assert loaded.get_vocab() == load_tokenizer(tiny_base).get_vocab()
    assert loaded.name_or_path == str(apart)
