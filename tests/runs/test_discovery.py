import os
import shutil
import time

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.discovery import discover


def only(run, **options):
    (candidate,) = discover(run, "m", "sft", **options)
    return candidate


def age(path, seconds):
    """Set the time of the last change of a file, or of all files in a folder."""
    then = time.time() - seconds
    for file in [path] if path.is_file() else path.iterdir():
        os.utime(file, (then, then))


@pytest.fixture
def run(tiny_run, tmp_path):
    shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "run" / "checkpoint-10")
    return tmp_path / "run"


def test_checkpoints_come_by_rising_step(tiny_run):
    found = discover(tiny_run, "m", "rl")
    assert [(each.checkpoint.key, each.checkpoint.method) for each in found] == [("m/10", "rl"), ("m/20", "rl")]
    assert all(each.ready and each.checkpoint.path.is_dir() for each in found)


def test_a_readable_folder_without_checkpoints_is_empty(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "checkpoint-3").write_text("a file, no folder")
    assert discover(tmp_path, "m", "sft") == []


def test_a_missing_folder_is_not_empty(tmp_path):
    with pytest.raises(CheckpointError, match="does not exist"):
        discover(tmp_path / "run", "m", "sft")


def test_a_folder_that_cannot_be_listed_is_not_empty(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(CheckpointError, match="cannot be read"):
        discover(tmp_path / "run", "m", "sft")


def test_the_fingerprint_follows_the_files_that_count(run):
    folder = run / "checkpoint-10"
    before = only(run).fingerprint
    (folder / "optimizer.pt").write_bytes(b"state")
    (folder / "training_args.bin").write_bytes(b"other")
    assert only(run).fingerprint == before
    age(folder / "tokenizer.json", 5)
    after = only(run).fingerprint
    assert after != before
    (folder / "config.json").write_text((folder / "config.json").read_text() + " ")
    assert only(run).fingerprint != after
