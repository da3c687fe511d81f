"""The trainer's figures at a checkpoint: those of its mark, else those of its saved state."""

import json
from pathlib import Path

import pytest

from skillprobe_core.measurements.training.training_record import metric_rows, training_record
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.ready_marks import mark_ready

HISTORY = [
    {"step": 5, "loss": 2.0, "epoch": 0.1},
    {"step": 20, "loss": 0.1},
    {"step": 10, "loss": 1.5, "reward": 0.25, "note": "x", "nan": float("nan")},
    {"loss": 9.0},
    "no entry",
]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    folder = tmp_path / "checkpoint-10"
    folder.mkdir()
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": 10, "log_history": HISTORY}))
    return Checkpoint("m", 10, ModelFiles.of(folder), "rl", tmp_path)


def test_the_saved_state_gives_the_latest_value_up_to_the_step(checkpoint: Checkpoint) -> None:
    record = training_record(checkpoint)
    assert record.metrics == (("epoch", 0.1, 5), ("loss", 1.5, 10), ("reward", 0.25, 10))
    assert record.seed is record.data_digest is None


def test_a_mark_goes_before_the_state(checkpoint: Checkpoint) -> None:
    mark_ready(checkpoint.path, 10, seed=4, data_digest="abc", metrics={"reward": 0.5})
    assert training_record(checkpoint) == ((("reward", 0.5, 10),), 4, "abc")
    rows = metric_rows(checkpoint)
    assert rows.rows() == [("m", 10, "reward", 0.5, 10, 4, "abc")]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"log_history": 3}', '{"log_history": [1', "[" * 200_000])
def test_a_damaged_state_is_an_empty_record(checkpoint: Checkpoint, content: str) -> None:
    (checkpoint.path / "trainer_state.json").write_text(content)
    assert training_record(checkpoint).metrics == ()
    assert metric_rows(checkpoint).is_empty()


def test_a_base_has_no_record(checkpoint: Checkpoint) -> None:
    assert training_record(Checkpoint("m", 0, checkpoint.files, "base", checkpoint.run)).metrics == ()
