"""Limits of a completion: its end tokens, and the room that a prompt leaves."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.errors import SettingsError
from skillprobe_core.models.backend import Request, SamplingSettings
from skillprobe_core.models.completion_limits import (
    context_length,
    end_ids,
    limits_of,
    shorter_context,
    split_by_room,
    token_limit,
)
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from tools.architectures.tiny_models import tiny_model

SETTINGS = SamplingSettings(max_new_tokens=10)


def request(length: int) -> Request:
    return Request(f"item-{length}", 0, (1,) * length, None)


def changed(file: Path, **values: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_every_source_of_end_tokens_counts() -> None:
    sources = [SimpleNamespace(eos_token_id=ids) for ids in (3, [4, 5], None, 3)]
    assert end_ids(*sources, object()) == {3, 4, 5}
    assert end_ids() == frozenset()


def test_limits_are_read_without_loading_the_model(tiny_base: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_base, tmp_path / "model"))
    (folder / "model.safetensors").unlink()
    changed(folder / "config.json", eos_token_id=7, max_position_embeddings=99)
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [8, 9]}))
    tokenizer = load_tokenizer(folder)
    assert limits_of(folder, tokenizer) == ({7, 8, 9, tokenizer.eos_token_id}, 99)


@torch.inference_mode()
def test_rows_of_positions_for_padding_are_not_part_of_the_context() -> None:
    model = tiny_model("roberta")
    length = context_length(model.config)
    assert length == 254
    model(torch.full((1, length), 20), use_cache=False)
    with pytest.raises(RuntimeError, match="out of bounds"):
        model(torch.full((1, length + 1), 20), use_cache=False)


def test_the_shorter_context_is_that_of_both(tiny_base: Path, tmp_path: Path) -> None:
    shorter = Path(shutil.copytree(tiny_base, tmp_path / "model"))
    changed(shorter / "config.json", max_position_embeddings=99)
    assert shorter_context(tiny_base, shorter) == shorter_context(shorter) == 99
    assert shorter_context(tiny_base) == 512


@given(st.lists(st.integers(0, 30), max_size=10), st.integers(1, 30) | st.none())
def test_each_request_is_in_one_list_and_those_that_fit_have_room(lengths: list[int], positions: int | None) -> None:
    requests = [request(length) for length in lengths]
    fitting, too_long = split_by_room(requests, positions)
    assert sorted(map(id, [*fitting, *too_long])) == sorted(map(id, requests))
    if too_long:
        assert positions is not None
        assert fitting, "if nothing fits, the backend raises its error"
        assert all(len(each.prompt_ids) < positions for each in fitting)
        assert all(len(each.prompt_ids) >= positions for each in too_long)


@pytest.mark.parametrize(("length", "positions", "limit"), [(5, None, 10), (5, 100, 10), (95, 100, 5), (99, 100, 1)])
def test_a_completion_ends_with_the_setting_or_the_models_positions(
    length: int, positions: int | None, limit: int
) -> None:
    assert token_limit(request(length), SETTINGS, positions, "model") == limit


def test_a_prompt_without_room_or_without_tokens_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"item item-100 has 100 tokens.* 100") as caught:
        token_limit(request(100), SETTINGS, 100, Path("/model"))
    assert caught.value.path == "/model"
    with pytest.raises(SettingsError, match="item item-0 has an empty prompt"):
        token_limit(request(0), SETTINGS, None, "model")


@pytest.mark.parametrize(("reference", "positions", "limit"), [(10, None, 1024), (600, None, 1200), (600, 900, 895)])
def test_without_a_setting_a_long_reference_raises_the_limit(reference: int, positions: int | None, limit: int) -> None:
    asked = replace(request(5), reference_tokens=reference)
    assert token_limit(asked, SamplingSettings(), positions, "model") == limit
