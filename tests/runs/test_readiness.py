"""A checkpoint is ready when its last byte is written, and settled when it is unchanged for long enough."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillprobe_core.errors import CheckpointError
from skillprobe_core.models.model_validation import validate
from skillprobe_core.runs.content_files import stamps
from skillprobe_core.runs.layouts.completeness import Mark
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.readiness import readiness
from tests.runs.one_run import age, only

WEIGHTS = "model.safetensors"


MARKER = "trainer_state.json"


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
    assert candidate.damaged


def test_short_weights_are_being_written_until_the_trainer_has_finished_and_damaged_after_that(run):
    folder = run / "checkpoint-10"
    whole = (folder / WEIGHTS).read_bytes()
    age(folder, 1e6)
    assert not only(run).damaged
    (folder / WEIGHTS).write_bytes(whole[:-1])
    assert not only(run).damaged, "the weights are newer than the marker"
    os.utime(folder / MARKER)
    assert only(run).damaged
    (folder / MARKER).rename(folder / "elsewhere")
    assert not only(run).damaged, "the marker is missing"
    (folder / "elsewhere").rename(folder / MARKER)
    (folder / WEIGHTS).write_bytes((200_000).to_bytes(8, "little") + b"[" * 200_000)
    os.utime(folder / MARKER)
    assert only(run).damaged
    assert "header" in only(run).waiting_for
    (folder / WEIGHTS).write_bytes(whole)
    os.utime(folder / MARKER)
    assert (only(run).ready, only(run).damaged) == (True, False)


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


def test_pickled_weights_are_found_so_that_they_can_be_refused(run):
    folder = run / "checkpoint-10"
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")
    assert only(run).unreadable
    assert "use_safetensors=False" in only(run).conversion.command
    with pytest.raises(CheckpointError, match="pickled"):
        validate(folder)


def test_a_statement_of_the_writer_counts_more_than_time(tiny_run: Path) -> None:
    folder = tiny_run / "checkpoint-10"
    files, now = ModelFiles.of(folder), stamps(folder)
    writing = readiness(files, now, lambda: Mark("still writing", writing=True), 0)
    assert (writing.missing, writing.settled, writing.writing) == ("still writing", False, True)
    lacking = readiness(files, now, lambda: Mark("no marker yet"), 0)
    assert (lacking.missing, lacking.settled, lacking.writing) == ("no marker yet", True, False)


def test_without_weights_nothing_else_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    found = readiness(ModelFiles.of(tmp_path), stamps(tmp_path), lambda: Mark("no marker yet"), 0)
    assert (found.missing, found.settled) == ("no weight files yet", False)


def test_a_clock_that_runs_ahead_does_not_hold_a_checkpoint_back_for_ever(tiny_run: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "c"))
    age(folder, -1000)
    assert readiness(ModelFiles.of(folder), stamps(folder), Mark, 30).missing is None
    age(folder, -10)
    assert readiness(ModelFiles.of(folder), stamps(folder), Mark, 30).missing is not None
