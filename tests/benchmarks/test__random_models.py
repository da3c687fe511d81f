"""Random models of a real shape: the tensors that transformers expects, written in shards, with the tokenizer."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from transformers import AutoTokenizer, Qwen3ForCausalLM

from benchmarks._random_models import SHAPES, STEPS, build_tokenizer, check_disk, write_models
from skillprobe_core.errors import SettingsError
from skillprobe_core.models.model_loading import load_model, release_model
from skillprobe_core.runs.weights import open_weights

CPU = torch.device("cpu")
SMALL = replace(
    SHAPES["tiny"], hidden=32, intermediate=64, heads=2, kv_heads=1, head_dim=16, vocabulary=640, tokens=600,
    kinds=("column_sum",),
)  # fmt: skip
SHARD = 30_000


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders of the base and its checkpoints, in shards."""
    root = tmp_path_factory.mktemp("models")
    write_models(SMALL, root, CPU, SHARD)
    return [root / "base", *(root / "run" / f"checkpoint-{step}" for step in STEPS)]


@pytest.mark.parametrize("name", SHAPES)
def test_tensors_are_those_that_transformers_has(name: str) -> None:
    shape = SHAPES[name]
    tokenizer = build_tokenizer(SMALL)
    with torch.device("meta"):
        model = Qwen3ForCausalLM(shape.config(tokenizer))
    assert shape.tensors == {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    assert shape.parameters == model.num_parameters()


def test_the_large_shape_is_qwen3_8b() -> None:
    shape = SHAPES["8b"]
    assert shape.parameters == 8_190_735_360
    assert 3 * shape.weight_bytes < shape.disk_bytes(2) < shape.disk_bytes(4) < 4 * shape.weight_bytes


def test_checkpoints_load_and_differ_by_small_noise(models: list[Path]) -> None:
    base, first, second = (open_weights(folder) for folder in models)
    assert base.parameter_count == SMALL.parameters
    name = "model.layers.1.mlp.up_proj.weight"
    weights = [each.tensor(name).double() for each in (base, first, second)]
    for before, after in pairwise(weights):
        moved = (after - before).norm() / before.norm()
        assert 0.01 < moved < 0.1, "noise of a twentieth of the weights' size"
    model = load_model(models[0], torch.float32, "cpu")
    assert torch.equal(model.model.layers[1].mlp.up_proj.weight, weights[0].float())
    release_model()


def test_shards_hold_every_tensor_once_and_are_no_larger_than_allowed(models: list[Path]) -> None:
    for folder in models:
        shards = sorted(folder.glob("*.safetensors"))
        assert len(shards) > 2
        held = [name for file in shards for name in safe_open(file, "pt").keys()]  # noqa: SIM118  not a dict
        assert sorted(held) == sorted(SMALL.tensors)
        largest = max(2 * tensor.numel() for file in shards for tensor in _tensors(file))
        assert all(file.stat().st_size < max(SHARD, largest) + 10_000 for file in shards)
        index = json.loads((folder / "model.safetensors.index.json").read_text())
        assert index["metadata"]["total_size"] == SMALL.weight_bytes


def test_the_tokenizer_has_the_wanted_number_of_tokens_and_reads_back_every_text(models: list[Path]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(models[1])
    assert len(tokenizer) == SMALL.tokens
    text = "Add 17, 25 and 308.\nAnswer: 350\n é"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    words = [tokenizer.decode([number]) for number in range(SMALL.tokens)]
    filled = words[-10:]
    assert len(set(filled)) == 10
    assert all(word.strip().isalpha() for word in filled)


def test_a_disk_that_is_too_small_is_refused_with_the_size_needed(tmp_path: Path) -> None:
    huge = replace(SMALL, max_new_tokens=10**15)
    with pytest.raises(SettingsError, match=r"needs [\d,.]+ GB of disk .* are free(?s:.*)TMPDIR"):
        check_disk(huge, tmp_path, 2)
    assert check_disk(SMALL, tmp_path, 2) == SMALL.disk_bytes(2)


def _tensors(file: Path) -> list[torch.Tensor]:
    with safe_open(file, "pt") as opened:
        return [opened.get_tensor(name) for name in opened.keys()]  # noqa: SIM118  not a dict
