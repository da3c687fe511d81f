"""Safetensors files of single ranks, as torch's HuggingFaceStorageWriter stores them."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.sharded.rank_files import is_rank_file, read_rank_files
from skillprobe_core.runs.sharded.shard_index import DamagedIndex
from skillprobe_core.runs.sharded.sharded_folder import index_of, is_sharded

PLACE = "nemo/step_10/policy/weights/model"


def test_shapes_are_those_of_the_complete_tensors(shards: Path, tiny_run: Path) -> None:
    index = index_of(shards / PLACE)
    saved = load_file(tiny_run / "checkpoint-10" / "model.safetensors")
    assert {name: index.tensors[name].shape for name in saved} == {
        name: tuple(value.shape) for name, value in saved.items()
    }
    assert {each.dtype for each in index.tensors.values()} == {"bfloat16"}
    assert {len(each.chunks) for each in index.tensors.values()} == {1, 2}


def test_a_rank_that_is_missing_leaves_gaps(shards: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(shards / PLACE, tmp_path / "model"))
    names = sorted(path.name for path in folder.iterdir())
    assert all(map(is_rank_file, names))
    (folder / names[0]).unlink()
    assert is_sharded(folder)
    with pytest.raises(CheckpointError, match="do not cover it"):
        index_of(folder)


def test_files_without_offsets_are_refused(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "shard-00001-model-00001-of-00001.safetensors")
    with pytest.raises(DamagedIndex, match="offsets"):
        read_rank_files(tmp_path, ["shard-00001-model-00001-of-00001.safetensors"])
