"""Sampling that a generation config states: as transformers generates by default, with vLLM's neutral values."""

import json
from pathlib import Path
from typing import Any

import pytest

from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.generation_presets import stated_sampling, with_preset


@pytest.mark.parametrize(
    ("config", "stated"),
    [
        ({"eos_token_id": 3, "_from_model_config": True}, None),
        ({"do_sample": True}, {"temperature": 1.0}),
        ({"do_sample": False, "temperature": 0.7, "top_p": 0.8}, {"temperature": 0.0}),
        (
            {"do_sample": True, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.05},
            {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.05},
        ),
        ({"do_sample": False, "repetition_penalty": 1.1}, {"temperature": 0.0, "repetition_penalty": 1.1}),
        ({"do_sample": True, "min_p": 0.15, "temperature": None}, {"temperature": 1.0, "min_p": 0.15}),
    ],
)
def test_what_a_file_says_about_sampling(tmp_path: Path, config: dict[str, object], stated: dict[str, Any] | None):
    assert stated_sampling(tmp_path) is None
    (tmp_path / "generation_config.json").write_text(json.dumps(config))
    assert stated_sampling(tmp_path) == stated
    if stated is not None:
        settings = with_preset(SamplingSettings(preset="model", max_new_tokens=9), stated, "m/0")
        assert settings == SamplingSettings(max_new_tokens=9, **stated)


@pytest.mark.parametrize("content", ["{", "[]", '{"do_sample": true, "top_k": "many"}'])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "generation_config.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"generation_config\.json: the generation config cannot be read"):
        stated_sampling(tmp_path)


@pytest.mark.parametrize("stated", [{"temperature": -1.0}, {"temperature": 0.0}])
def test_values_that_cannot_be_used_name_their_origin(stated: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="the generation config of m/10 cannot be used"):
        with_preset(SamplingSettings(preset="model", samples=2), stated, "m/10")
