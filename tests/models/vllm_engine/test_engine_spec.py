"""Which checkpoints may share an engine: those of one configuration, tokenizer and number type."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from skillprobe_core.models.vllm_engine.engine_spec import EngineSpec, is_reloadable, spec_of
from skillprobe_core.runs.model_files import ModelFiles


def spec(folder: Path, **changes: Any) -> EngineSpec:
    options = {
        "dtype": "float32", "max_length": 64, "tokenizer": folder, "rank": 0, "memory_share": 0.5, "keep": True
    }  # fmt: skip
    return spec_of(ModelFiles.of(folder), folder, None, **{**options, **changes})


def edited(folder: Path, copy: Path, **entries: Any) -> Path:
    shutil.copytree(folder, copy)
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, **entries}))
    return copy


def test_a_base_and_its_checkpoints_have_one_shape_and_weights_of_their_own(tiny_base: Path, tiny_run: Path) -> None:
    """Saving a tokenizer that was read from a folder writes notes on that into its configuration."""
    first, second = spec(tiny_run / "checkpoint-10"), spec(tiny_run / "checkpoint-20")
    assert first.shape == second.shape == spec(tiny_base).shape
    assert first.weights != second.weights
    assert first.reloads
    assert EngineSpec(**json.loads(json.dumps(first.as_fields()))) == first


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: edited_config(folder, tie_word_embeddings=False),
        lambda folder: edited_config(folder, rope_theta=5.0),
        lambda folder: (folder / "tokenizer_config.json").write_text("{}"),
        lambda folder: (folder / "tokenizer.json").write_text("{}"),
    ],
    ids=["tied heads", "positions", "tokenizer's settings", "tokenizer"],
)
def test_what_is_decided_at_the_start_is_the_shape(
    tiny_base: Path, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    copy = Path(shutil.copytree(tiny_base, tmp_path / "copy"))
    same = spec(copy)
    assert same.shape == spec(tiny_base).shape
    change(copy)
    assert spec(copy).shape != same.shape


def test_a_chat_template_is_not_part_of_the_shape(tiny_base: Path, tmp_path: Path) -> None:
    """An engine gets ids, and trainers add a template to what the base had."""
    copy = Path(shutil.copytree(tiny_base, tmp_path / "copy"))
    written = json.loads((copy / "tokenizer_config.json").read_text())
    (copy / "tokenizer_config.json").write_text(json.dumps({**written, "chat_template": "{{ messages }}"}))
    assert spec(copy).shape == spec(tiny_base).shape


def edited_config(folder: Path, **entries: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **entries}))


@pytest.mark.parametrize("change", [{"dtype": "bfloat16"}, {"rank": 8}, {"memory_share": 0.4}, {"keep": False}])
def test_options_of_the_engine_are_part_of_its_shape(tiny_base: Path, change: dict[str, Any]) -> None:
    assert spec(tiny_base, **change).shape != spec(tiny_base).shape


def test_the_writer_of_a_configuration_is_not(tiny_base: Path, tmp_path: Path) -> None:
    other = edited(tiny_base, tmp_path / "copy", transformers_version="4.0", _name_or_path="elsewhere")
    assert spec(other).shape == spec(tiny_base).shape


@pytest.mark.parametrize(
    "entries",
    [
        {"quantization_config": {"quant_method": "fp8"}},
        {"num_local_experts": 8},
        {"text_config": {"num_experts": 4}},
        {"n_routed_experts": 16},
        {"vision_config": {"hidden_size": 8}},
    ],
    ids=str,
)
def test_quantised_expert_and_multimodal_models_get_an_engine_each(
    tiny_base: Path, tmp_path: Path, entries: dict[str, Any]
) -> None:
    assert not spec(edited(tiny_base, tmp_path / "copy", **entries)).reloads
    assert is_reloadable(json.loads((tiny_base / "config.json").read_text()))


def test_an_engine_belongs_to_its_devices(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6,7")
    one, other, same = (spec(tiny_base, devices=(name,)) for name in ("cuda:0", "cuda:2", "cuda:0"))
    assert (one.visible, other.visible) == ("4", "7")
    assert one.shape == same.shape != other.shape
    assert (spec(tiny_base).visible, spec(tiny_base, devices=("cpu:1",)).visible) == ("", "")
    wide = spec(tiny_base, devices=("cuda:1", "cuda:2"))
    assert (wide.visible, wide.parallel, wide.reloads) == ("6,7", 2, False)
