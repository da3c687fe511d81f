"""The safetensors file of weights in shards, read back by the library."""

from pathlib import Path

import pytest
import torch
import torch.distributed.checkpoint as dcp
from safetensors.torch import load_file

from skillprobe_core.runs.sharded.safetensors_copy import copy_size, write_safetensors
from skillprobe_core.runs.weights import open_weights


def test_every_type_and_shape_is_written_as_it_is(tmp_path: Path) -> None:
    types = [torch.float64, torch.float32, torch.bfloat16, torch.float16, torch.int64, torch.uint8, torch.bool]
    state = {f"model.layers.0.{number}": (10 * torch.rand(3, 2)).to(dtype) for number, dtype in enumerate(types)}
    state |= {"model.embed_tokens.weight": torch.rand(5, 2), "model.scale": torch.tensor(2.0)}
    state |= {"model.layers.0.t": torch.rand(4, 3).T}
    with pytest.warns(UserWarning, match="single process"), torch.random.fork_rng():
        dcp.save({"model": state}, checkpoint_id=tmp_path / "dcp", no_dist=True)
    weights = open_weights(tmp_path / "dcp")
    write_safetensors(weights, tmp_path / "model.safetensors")
    found = load_file(tmp_path / "model.safetensors")
    assert found.keys() == state.keys()
    assert all(found[name].dtype == state[name].dtype and torch.equal(found[name], state[name]) for name in state)
    assert copy_size(weights) == sum(tensor.nbytes for tensor in state.values())
    assert set(open_weights(tmp_path / "model.safetensors")) == set(state)
