import json
import pickle
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.weights import open_weights

DTYPES = [
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.float8_e4m3fn,
    torch.float8_e5m2,
    torch.int64,
    torch.uint8,
    torch.bool,
]


def tensors(seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {
        "model.embed_tokens.weight": torch.randn(11, 4, generator=generator),
        "model.layers.0.mlp.up_proj.weight": torch.randn(6, 4, generator=generator).bfloat16(),
        "model.norm.weight": torch.randn(4, generator=generator).half(),
    }


def write(folder: Path, stored: dict[str, torch.Tensor], config: dict | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    save_file(stored, folder / "model.safetensors")
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    return folder


def write_shards(folder: Path, stored: dict[str, torch.Tensor]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    weight_map = {}
    for number, (name, tensor) in enumerate(stored.items(), 1):
        shard = f"model-{number:05d}-of-{len(stored):05d}.safetensors"
        save_file({name: tensor}, folder / shard)
        weight_map[name] = shard
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    return folder


def bits(tensor: torch.Tensor) -> bytes:
    return bytes(tensor.contiguous().flatten().view(torch.uint8).tolist())


@pytest.mark.parametrize("writer", [write, write_shards])
def test_reads_what_was_written(tmp_path, writer):
    stored = tensors()
    weights = open_weights(writer(tmp_path / "checkpoint", stored))
    assert set(weights) == set(stored)
    assert weights.parameter_count == sum(tensor.numel() for tensor in stored.values())
    for name, tensor in stored.items():
        assert weights[name].shape == tuple(tensor.shape)
        assert f"torch.{weights[name].dtype}" == str(tensor.dtype)
        assert bits(weights.tensor(name)) == bits(tensor)
    assert {name for name, _ in weights.stream()} == set(stored)


@settings(max_examples=40, deadline=None)
@given(
    shapes=st.lists(st.lists(st.integers(0, 5), max_size=3), min_size=1, max_size=6),
    dtypes=st.lists(st.sampled_from(DTYPES), min_size=6, max_size=6),
    seed=st.integers(0, 2**31),
)
def test_any_shape_and_type(tmp_path_factory, shapes, dtypes, seed):
    generator = torch.Generator().manual_seed(seed)
    stored = {
        f"t{number}": torch.randint(0, 2, shape, generator=generator).to(dtype)
        for number, (shape, dtype) in enumerate(zip(shapes, dtypes, strict=False))
    }
    weights = open_weights(write(tmp_path_factory.mktemp("weights"), stored))
    for name, tensor in stored.items():
        assert weights[name].shape == tuple(tensor.shape)
        assert weights.tensor(name).dtype == tensor.dtype
        assert bits(weights.tensor(name)) == bits(tensor)


def test_a_tensor_is_a_view_that_leaves_the_file_alone(tmp_path):
    folder = write(tmp_path, tensors())
    before = (folder / "model.safetensors").read_bytes()
    weights = open_weights(folder)
    weights.tensor("model.norm.weight").zero_()
    assert (folder / "model.safetensors").read_bytes() == before


def test_every_truncation_is_refused(tmp_path):
    file = write(tmp_path, tensors()) / "model.safetensors"
    whole = file.read_bytes()
    for size in [*range(0, len(whole), 7), len(whole) - 1]:
        file.write_bytes(whole[:size])
        with pytest.raises(CheckpointError, match=r"model\.safetensors.*\n.*Remedy"):
            open_weights(tmp_path)
    file.write_bytes(whole + b"x")
    with pytest.raises(CheckpointError, match="after the last tensor"):
        open_weights(tmp_path)


@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, 400), value=st.integers(0, 255))
def test_a_damaged_byte_is_an_error_for_the_user_or_harmless(tmp_path_factory, position, value):
    folder = tmp_path_factory.mktemp("damaged")
    file = write(folder, tensors()) / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[position % len(content)] = value
    file.write_bytes(content)
    try:
        weights = open_weights(folder)
    except CheckpointError as error:
        message = str(error)
    else:
        message = str(file)
        for name in weights:
            weights.tensor(name)
    assert "model.safetensors" in message


def test_a_missing_shard_is_named(tmp_path):
    write_shards(tmp_path, tensors())
    (tmp_path / "model-00002-of-00003.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"model-00002-of-00003\.safetensors is missing"):
        open_weights(tmp_path)


def test_an_index_entry_without_tensor_is_named(tmp_path):
    write_shards(tmp_path, tensors())
    index = tmp_path / "model.safetensors.index.json"
    content = json.loads(index.read_text())
    content["weight_map"]["model.layers.7.ghost.weight"] = "model-00001-of-00003.safetensors"
    index.write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match="ghost"):
        open_weights(tmp_path)


@pytest.mark.parametrize("shard", ["../outside.safetensors", "/etc/passwd", "weights.bin"])
def test_an_index_cannot_lead_elsewhere(tmp_path, shard):
    write(tmp_path / "inner", tensors())
    (tmp_path / "outside.safetensors").write_bytes((tmp_path / "inner" / "model.safetensors").read_bytes())
    (tmp_path / "inner" / "model.safetensors").unlink()
    index = {"weight_map": {"model.norm.weight": shard}}
    (tmp_path / "inner" / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match="same folder"):
        open_weights(tmp_path / "inner")


class Trap:
    def __reduce__(self):
        return (Path.touch, (Path("/tmp/skillprobe-trap-was-opened"),))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "model.pt", "weights.pth"])
def test_pickled_weights_are_refused_unopened(tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(CheckpointError, match=r"pickled(.|\n)*save_pretrained"):
        open_weights(tmp_path)
    assert not Path("/tmp/skillprobe-trap-was-opened").exists()


@pytest.mark.parametrize(
    "name", ["optimizer.pt", "scheduler.pt", "rng_state_0.pth", "rng_state.pth", "training_args.bin"]
)
def test_a_trainers_own_files_are_no_weights(tmp_path, name):
    (tmp_path / name).write_bytes(b"not to be opened")
    with pytest.raises(CheckpointError, match="holds no weights"):
        open_weights(tmp_path)
    (tmp_path / name).chmod(0)
    write(tmp_path, tensors())
    assert len(open_weights(tmp_path)) == 3


def test_an_absent_folder_and_shards_without_index(tmp_path):
    with pytest.raises(CheckpointError, match="nowhere: no such folder"):
        open_weights(tmp_path / "nowhere")
    save_file(tensors(), tmp_path / "model-00001-of-00002.safetensors")
    with pytest.raises(CheckpointError, match="neither"):
        open_weights(tmp_path)


@pytest.mark.parametrize("config", [{"tie_word_embeddings": True}, {}, {"text_config": {"tie_word_embeddings": True}}])
def test_a_tied_head_is_said_to_be_tied(tmp_path, config):
    weights = open_weights(write(tmp_path, tensors(), config))
    assert weights.tied == {"lm_head.weight": "model.embed_tokens.weight"}
    assert "lm_head.weight" not in weights
    assert torch.equal(weights.tensor("lm_head.weight"), weights.tensor("model.embed_tokens.weight"))


def test_no_tie_where_the_head_is_stored_or_the_configuration_unties_it(tmp_path):
    untied = open_weights(write(tmp_path / "a", tensors(), {"tie_word_embeddings": False}))
    assert untied.tied == {}
    with pytest.raises(CheckpointError, match="lm_head"):
        untied.tensor("lm_head.weight")
    stored = {**tensors(), "lm_head.weight": torch.zeros(11, 4)}
    assert open_weights(write(tmp_path / "b", stored, {"tie_word_embeddings": True})).tied == {}


def test_shards_count_before_a_single_file_that_lacks_their_tensors(tmp_path: Path) -> None:
    """DeepSpeed's ZeRO-3 leaves such a file next to the index."""
    names = {"a.weight": "model-00001-of-00002.safetensors", "b.weight": "model-00002-of-00002.safetensors"}
    for name, shard in names.items():
        save_file({name: torch.ones(2, 3)}, tmp_path / shard)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    assert len(open_weights(tmp_path).files) == 2
    for left in ({"a.weight": torch.ones(2, 3)}, {"a.weight": torch.ones(2, 3), "b.weight": torch.empty(0)}):
        save_file(left, tmp_path / "model.safetensors")
        assert {file.name for file in open_weights(tmp_path).files} == set(names.values())
    save_file({name: torch.zeros(2, 3) for name in names}, tmp_path / "model.safetensors")
    assert [file.name for file in open_weights(tmp_path).files] == ["model.safetensors"]
    (tmp_path / "model-00002-of-00002.safetensors").unlink()  # the index is of an earlier save
    save_file({"a.weight": torch.ones(2, 3)}, tmp_path / "model.safetensors")
    assert [file.name for file in open_weights(tmp_path).files] == ["model.safetensors"]
