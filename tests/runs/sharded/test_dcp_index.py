"""DCP's index, against torch's own reader."""

import os
import pickle
from pathlib import Path

import pytest
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.metadata import TensorStorageMetadata

from skillprobe_core.runs.sharded.dcp_index import MARKER, dcp_ends, read_dcp_index
from skillprobe_core.runs.sharded.inert_pickle import RefusedPickle
from skillprobe_core.runs.sharded.shard_index import DamagedIndex, missing

PLACES = ("fsdp/checkpoint-10/pytorch_model_fsdp_0", "prime/checkpoints/step_10/trainer", "llama/step-10")


@pytest.mark.parametrize("place", PLACES)
def test_tensors_and_chunks_are_those_that_torch_reads(shards: Path, place: str) -> None:
    folder = shards / place
    metadata = dcp.FileSystemReader(folder).read_metadata()
    described = {
        name: each for name, each in metadata.state_dict_metadata.items() if isinstance(each, TensorStorageMetadata)
    }
    index = read_dcp_index(folder)
    assert index.tensors.keys() == described.keys()
    assert missing(folder, index.ends()) is None
    assert dcp_ends(folder) == index.ends()
    for name, each in described.items():
        found = index.tensors[name]
        assert (found.shape, f"torch.{found.dtype}") == (tuple(each.size), str(each.properties.dtype))
        assert [(chunk.offsets, chunk.sizes) for chunk in found.chunks] == [
            (tuple(chunk.offsets), tuple(chunk.sizes)) for chunk in each.chunks
        ]
        stored = {
            tuple(key.offset): value
            for key, value in metadata.storage_data.items()
            if key.fqn == name and key.offset is not None
        }
        for chunk in found.chunks:
            place_of = stored[chunk.offsets]
            assert (chunk.file, chunk.start, chunk.length) == (
                place_of.relative_path, place_of.offset, place_of.length
            )  # fmt: skip
        assert found.path == tuple(metadata.planner_data[name])


def test_a_save_in_several_chunks_has_some(shards: Path) -> None:
    index = read_dcp_index(shards / PLACES[0])
    assert {len(each.chunks) for each in index.tensors.values()} == {2}
    assert {len(each.chunks) for each in read_dcp_index(shards / PLACES[2]).tensors.values()} == {1, 2}


class Evil:
    """An object whose pickle runs a command."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self.command,)


def test_an_index_that_asks_for_more_is_refused(shards: Path, tmp_path: Path) -> None:
    metadata = dcp.FileSystemReader(shards / PLACES[0]).read_metadata()
    metadata.planner_data["x"] = Evil(f"touch {tmp_path / 'made'}")
    (tmp_path / MARKER).write_bytes(pickle.dumps(metadata))
    with pytest.raises(RefusedPickle, match=r"asks for posix\.system"):
        read_dcp_index(tmp_path)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("file", ["../other.distcp", "/etc/passwd", "sub/x.distcp"])
def test_a_chunk_outside_the_folder_is_refused(shards: Path, tmp_path: Path, file: str) -> None:
    metadata = dcp.FileSystemReader(shards / PLACES[0]).read_metadata()
    next(iter(metadata.storage_data.values())).relative_path = file
    (tmp_path / MARKER).write_bytes(pickle.dumps(metadata))
    with pytest.raises(DamagedIndex, match="outside"):
        read_dcp_index(tmp_path)


def test_missing_and_overlapping_chunks_are_noticed(shards: Path, tmp_path: Path) -> None:
    metadata = dcp.FileSystemReader(shards / PLACES[0]).read_metadata()
    tensor = next(each for each in metadata.state_dict_metadata.values() if isinstance(each, TensorStorageMetadata))
    kept = tensor.chunks.pop()
    (tmp_path / MARKER).write_bytes(pickle.dumps(metadata))
    with pytest.raises(DamagedIndex, match="do not cover it"):
        read_dcp_index(tmp_path)
    tensor.chunks += [kept, kept]
    tensor.chunks.pop(0)
    (tmp_path / MARKER).write_bytes(pickle.dumps(metadata) + b" ")
    with pytest.raises(DamagedIndex, match="do not cover it"):
        read_dcp_index(tmp_path)


def test_other_pickles_are_not_an_index(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_bytes(pickle.dumps({"state_dict_metadata": {}}))
    with pytest.raises(DamagedIndex, match="holds no Metadata"):
        read_dcp_index(tmp_path)
    (tmp_path / MARKER).write_bytes(b"")
    with pytest.raises(RefusedPickle, match="truncated"):
        read_dcp_index(tmp_path)
