"""The quick check agrees with `open_weights` on what is written."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.weight_lengths import all_written
from skillprobe_core.runs.weights import open_weights
from tests.runs.layouts.saves import parts_of


@pytest.fixture
def sharded(tmp_path: Path, tiny_run: Path) -> Path:
    shards, config, *_ = parts_of(tiny_run / "checkpoint-10", tmp_path / "parts")
    (tmp_path / "m").mkdir()
    for name, content in (shards | config).items():
        (tmp_path / "m" / name).write_bytes(content)
    return tmp_path / "m"


def opens(folder: Path) -> bool:
    try:
        return bool(open_weights(folder))
    except CheckpointError:
        return False


@pytest.mark.parametrize("stop", [0, 7, 8, 100, -1])
def test_a_cut_file_is_not_written(stop: int, sharded: Path) -> None:
    assert all_written(sharded)
    assert opens(sharded)
    shard = sharded / "model-00002-of-00002.safetensors"
    shard.write_bytes(shard.read_bytes()[:stop])
    assert not all_written(sharded)
    assert not opens(sharded)


def test_missing_shards_extra_bytes_and_other_tensors_are_noticed(sharded: Path, tmp_path: Path) -> None:
    first, second = sorted(sharded.glob("*.safetensors"))
    for change in (second.unlink, lambda: second.open("ab").write(b"x"), lambda: shutil.copy(first, second)):
        kept = second.read_bytes()
        change()
        assert not all_written(sharded)
        assert not opens(sharded)
        second.write_bytes(kept)
    assert all_written(sharded)
    assert all_written(first)
    assert not all_written(tmp_path / "nowhere")
