"""Which folders count as shards, and the errors of their index."""

from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.sharded.sharded_folder import index_of, is_sharded, missing_shard


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([".metadata"], True),
        (["shard-00001-model-00001-of-00001.safetensors"], True),
        (["__0_0.distcp"], False),
        ([".metadata", "model.safetensors"], False),
        ([".metadata", "model.safetensors.index.json"], False),
        ([".metadata", "adapter_model.safetensors"], False),
        ([], False),
    ],
)
def test_only_shards_without_a_complete_model_count(tmp_path: Path, names: list[str], expected: bool) -> None:
    for name in names:
        (tmp_path / name).touch()
    assert is_sharded(tmp_path) == expected


def test_a_file_and_a_missing_folder_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not is_sharded(tmp_path / "file")
    assert not is_sharded(tmp_path / "none")


def test_a_refused_pickle_says_that_it_was_not_run(tmp_path: Path) -> None:
    (tmp_path / ".metadata").write_bytes(b"cposix\nsystem\n(S'true'\ntR.")
    with pytest.raises(CheckpointError, match=r"the index is not read: it asks for posix\.system") as caught:
        missing_shard(tmp_path)
    assert "unless you trust its source" in caught.value.remedy


def test_an_index_that_vanishes_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        index_of(tmp_path / "none")
