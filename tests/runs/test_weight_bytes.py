"""The digest of the tensors: equal for the same weights in any files, other for any other weights."""

import json
from hashlib import sha256

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from skillprobe_core.runs.weight_bytes import first_not_finite, read_weight_bytes, tensors_digest
from skillprobe_core.runs.weights import open_weights

SMALL = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16, torch.float8_e4m3fn, torch.int32, torch.uint8)
NAMES = ("model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight", "model.norm.weight", "a.bias", "a.weight")
shapes = st.lists(st.integers(0, 5), max_size=3).map(tuple)


@st.composite
def tensors(draw):
    """Some tensors of random types, shapes and bytes."""
    found = {}
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)):
        dtype, shape = draw(st.sampled_from(DTYPES)), draw(shapes)
        count = torch.Size(shape).numel() * dtype.itemsize
        data = bytearray(draw(st.binary(min_size=count, max_size=count)))
        found[name] = (torch.frombuffer(data, dtype=dtype) if count else torch.empty(0, dtype=dtype)).view(shape)
    return found


def write(folder, stored, shards=None, config=None):
    """A checkpoint in one file, or in as many as `shards` has numbers (one for each tensor)."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    if shards is None:
        save_file(stored, folder / "model.safetensors")
        return folder
    names = {name: f"model-{shard}.safetensors" for name, shard in zip(stored, shards, strict=True)}
    for file in set(names.values()):
        save_file({name: stored[name] for name in stored if names[name] == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    return folder


def digest(folder):
    weights = open_weights(folder)
    return tensors_digest(weights, read_weight_bytes(weights).tensors)


@SMALL
@given(stored=tensors(), data=st.data())
def test_files_order_and_wrappers_do_not_count(tmp_path, stored, data):
    expected = digest(write(tmp_path / "one", stored))
    order = data.draw(st.permutations(list(stored)))
    prefix = data.draw(st.sampled_from(["", "module.", "_orig_mod.module."]))
    shards = data.draw(st.lists(st.integers(1, 3), min_size=len(order), max_size=len(order)))
    other = {f"{prefix}{name}": stored[name] for name in order}
    assert digest(write(tmp_path / "other", other, shards)) == expected


@SMALL
@given(stored=tensors(), data=st.data())
def test_any_byte_shape_type_or_name_counts(tmp_path, stored, data):
    expected = digest(write(tmp_path / "one", stored))
    name = data.draw(st.sampled_from(list(stored)))
    tensor = stored[name]
    others = [{**stored, name: tensor[None]}, {f"{key}x" if key == name else key: stored[key] for key in stored}]
    if tensor.numel():
        flipped = tensor.clone().reshape(-1)
        flipped.view(torch.uint8)[data.draw(st.integers(0, flipped.nbytes - 1))] ^= 1 << data.draw(st.integers(0, 7))
        others.append({**stored, name: flipped.view(tensor.shape)})
    for size, kind in ((2, torch.int16), (4, torch.uint32), (8, torch.int64), (1, torch.int8)):
        if tensor.dtype.itemsize == size and tensor.dtype is not kind and kind is not torch.uint32:
            others.append({**stored, name: tensor.view(kind)})
    others.append({**stored, "more.weight": torch.zeros(1)})
    for other in others:
        assert digest(write(tmp_path / "other", other)) != expected


@SMALL
@given(stored=tensors(), data=st.data())
def test_one_read_gives_what_separate_reads_give(tmp_path, stored, data):
    shards = data.draw(st.lists(st.integers(1, 3), min_size=len(stored), max_size=len(stored)))
    weights = open_weights(write(tmp_path / "one", stored, shards))
    read = read_weight_bytes(weights)
    assert read.files == {file: sha256(file.read_bytes()).hexdigest() for file in weights.files}
    assert read.tensors == {
        name: sha256(tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes()).hexdigest()
        for name, tensor in stored.items()
    }
    assert read.not_finite == first_not_finite(weights)
    assert (read.not_finite is None) == all(
        bool(tensor.double().isfinite().all()) for tensor in stored.values() if tensor.is_floating_point()
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_tensors_that_are_read_in_several_pieces(tmp_path, dtype):
    torch.manual_seed(0)
    stored = {"a": torch.randn(3, 700_001).to(dtype), "b": torch.randn(5).to(dtype)}
    weights = open_weights(write(tmp_path, stored))
    read = read_weight_bytes(weights)
    assert read.tensors["a"] == sha256(stored["a"].view(torch.uint8).numpy().tobytes()).hexdigest()
    assert list(read.files.values()) == [sha256((tmp_path / "model.safetensors").read_bytes()).hexdigest()]


def test_a_tied_head_may_be_stored_and_another_head_counts(tmp_path):
    embedding = torch.arange(12.0).view(4, 3)
    stored = {"model.embed_tokens.weight": embedding}
    tied = digest(write(tmp_path, stored, config={"tie_word_embeddings": True}))
    assert digest(write(tmp_path, {**stored, "lm_head.weight": embedding.clone()}, config={})) == tied
    assert digest(write(tmp_path, {**stored, "lm_head.weight": embedding + 1}, config={})) != tied
    assert digest(write(tmp_path, stored, config={"tie_word_embeddings": False})) != tied


def test_constants_do_not_count_and_value_heads_do(tmp_path):
    stored = {"model.norm.weight": torch.ones(3)}
    plain = digest(write(tmp_path, stored))
    assert digest(write(tmp_path, {**stored, "model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(2)})) == plain
    assert digest(write(tmp_path, {**stored, "v_head.summary.weight": torch.ones(2)})) != plain
