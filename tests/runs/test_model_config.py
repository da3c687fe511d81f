"""A checkpoint's `config.json`, or what is wrong with it."""

import json
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.model_config import architecture, read_config
from skillprobe_core.runs.model_files import ModelFiles


def test_the_configuration_is_read(tiny_base: Path) -> None:
    config = read_config(tiny_base)
    assert config == json.loads((tiny_base / "config.json").read_text())
    assert architecture(config) == "Qwen2ForCausalLM"


def test_an_adapter_has_its_bases(tiny_base: Path, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(
        json.dumps({"base_model_name_or_path": str(tiny_base), "peft_type": "LORA", "r": 1})
    )
    (tmp_path / "adapter_model.safetensors").touch()
    assert (
        read_config(tmp_path)
        == read_config(ModelFiles.of(tmp_path, ModelFiles.of(tiny_base)))
        == read_config(tiny_base)
    )


@pytest.mark.parametrize(
    ("content", "cause"),
    [("{", "not valid JSON"), ("[1]", "expected a JSON object, got list"), ("\xff", "not valid JSON")],
)
def test_what_is_not_a_configuration_is_refused(content: str, cause: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(CheckpointError, match=cause) as caught:
        read_config(tmp_path)
    assert caught.value.path == str(tmp_path / "config.json")


def test_a_missing_file_and_a_missing_folder_have_different_remedies(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"has no config\.json") as file:
        read_config(tmp_path)
    with pytest.raises(CheckpointError, match="no such folder") as folder:
        read_config(tmp_path / "nowhere")
    assert "copy config.json" in file.value.remedy
    assert "correct the path" in folder.value.remedy


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"architectures": ["A", "B"], "model_type": "m"}, "A"),
        ({"architectures": [], "model_type": "m"}, "m"),
        ({"architectures": None}, ""),
        ({}, ""),
    ],
)
def test_the_architecture_is_the_class_or_else_the_type(config: dict[str, object], name: str) -> None:
    assert architecture(config) == name
