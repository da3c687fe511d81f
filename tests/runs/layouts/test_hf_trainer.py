"""Run folders of the Hugging Face Trainer."""

import shutil
from pathlib import Path

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.layouts.hf_trainer import LAST_WRITTEN, LAYOUT
from tests.runs.one_run import only

MARKER = "trainer_state.json"


def test_steps_sort_as_numbers(tiny_run, tmp_path):
    for step in (9, 100, 20):
        shutil.copytree(tiny_run / "checkpoint-10", tmp_path / f"checkpoint-{step}")
    assert [each.checkpoint.step for each in discover(tmp_path, "m", "sft")] == [9, 20, 100]


def test_a_half_written_marker_is_waited_for(run):
    marker = run / "checkpoint-10" / MARKER
    marker.write_text(marker.read_text()[:-3])
    assert only(run).waiting_for == f"{MARKER} is incomplete"
    marker.unlink()
    assert only(run).waiting_for == f"no {MARKER} yet"


def test_only_folders_that_the_trainer_named_are_checkpoints(tmp_path: Path) -> None:
    for name in ("checkpoint-5", "checkpoint-0040", "checkpoint-x", "checkpoint--5", "checkpoint-7-merged", "best"):
        (tmp_path / name).mkdir()
    (tmp_path / "checkpoint-9").touch()
    found, padded = LAYOUT.find(tmp_path)
    assert (found.run, found.step, found.files.path) == (tmp_path, 5, tmp_path / "checkpoint-5")
    assert (padded.run, padded.step, padded.files.path) == (tmp_path, 40, tmp_path / "checkpoint-0040")
    assert found.last_act().missing == f"no {LAST_WRITTEN} yet"
