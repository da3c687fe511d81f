import os
import shutil
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillprobe_core.errors import CheckpointError
from skillprobe_core.models.model_validation import validate
from skillprobe_core.runs.discovery import discover

WEIGHTS = "model.safetensors"
MARKER = "trainer_state.json"


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


def test_steps_sort_as_numbers(tiny_run, tmp_path):
    for step in (9, 100, 20):
        shutil.copytree(tiny_run / "checkpoint-10", tmp_path / f"checkpoint-{step}")
    assert [each.checkpoint.step for each in discover(tmp_path, "m", "sft")] == [9, 20, 100]


def test_a_saved_model_is_step_0(tiny_base):
    candidate = only(tiny_base, settle_seconds=0)
    assert (candidate.checkpoint.step, candidate.ready) == (0, True)


def test_a_numbered_folder_keeps_its_step(run):
    assert only(run / "checkpoint-10").checkpoint.step == 10
    (run / "checkpoint-10").rename(run / "best")
    assert only(run / "best").checkpoint.step == 10  # the trainer's state says so


def test_a_final_model_beside_checkpoints_is_not_one_of_them(run, tiny_base):
    shutil.copytree(tiny_base, run, dirs_exist_ok=True)
    assert only(run).checkpoint.step == 10


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


def test_ready_only_after_the_last_byte_of_the_trainer(tiny_run, tmp_path):
    """Write a checkpoint as the trainer does, piece by piece, and look after every piece."""
    source, target = tiny_run / "checkpoint-10", tmp_path / "checkpoint-10"
    target.mkdir()
    names = [file.name for file in source.iterdir() if file.name not in (WEIGHTS, MARKER)]
    for name in [*sorted(names), WEIGHTS, "training_args.bin", MARKER]:
        data = (source / name).read_bytes()
        with (target / name).open("wb", buffering=0) as file:
            for start in range(0, len(data), len(data) // 3 + 1):
                assert not only(tmp_path).ready
                file.write(data[start : start + len(data) // 3 + 1])
    assert only(tmp_path).ready


@given(share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_truncated_file_is_never_ready(run, tiny_run, share):
    whole = (tiny_run / "checkpoint-10" / WEIGHTS).read_bytes()
    weights = run / "checkpoint-10" / WEIGHTS
    weights.write_bytes(whole[: int(share * len(whole))])
    age(run / "checkpoint-10", 1e6)
    candidate = only(run, settle_seconds=0)
    assert not candidate.ready
    assert WEIGHTS in (candidate.waiting_for or "")


def test_a_missing_shard_is_waited_for(run):
    from transformers import AutoModelForCausalLM

    folder = run / "checkpoint-10"
    model = AutoModelForCausalLM.from_pretrained(folder)
    (folder / WEIGHTS).unlink()
    model.save_pretrained(folder, max_shard_size="40KB")
    age(folder, 1e6)
    assert only(run).ready
    shards = sorted(folder.glob("model-*.safetensors"))
    assert len(shards) > 1
    shards[-1].unlink()
    candidate = only(run)
    assert not candidate.ready
    assert shards[-1].name in (candidate.waiting_for or "")


def test_a_half_written_marker_is_waited_for(run):
    marker = run / "checkpoint-10" / MARKER
    marker.write_text(marker.read_text()[:-3])
    assert only(run).waiting_for == f"{MARKER} is incomplete"
    marker.unlink()
    assert only(run).waiting_for == f"no {MARKER} yet"


def test_weights_newer_than_the_marker_have_to_settle(run):
    age(run / "checkpoint-10", 100)
    age(run / "checkpoint-10" / WEIGHTS, 10)
    assert not only(run, settle_seconds=30).ready
    assert only(run, settle_seconds=5).ready


def test_without_a_marker_files_have_to_settle(tiny_base, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny_base, folder)
    age(folder, 100)
    age(folder / "tokenizer.json", 10)
    assert not only(folder, settle_seconds=30).ready
    assert only(folder, settle_seconds=5).ready


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


def test_pickled_weights_are_found_so_that_they_can_be_refused(run):
    folder = run / "checkpoint-10"
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")
    assert only(run).ready
    with pytest.raises(CheckpointError, match="pickled"):
        validate(folder)
