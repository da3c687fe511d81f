"""Checkpoints that a training loop marked, under any name."""

import os
import shutil
from pathlib import Path

import pytest

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.layouts.marked import LAYOUT
from skillprobe_core.runs.ready_marks import mark_ready
from skillprobe_core.runs.recognise_run import recognise_run


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "run" / "it0000500" / "hf")
    (tmp_path / "run" / "it0000500" / "hf" / "trainer_state.json").unlink()
    return tmp_path / "run"


def test_a_marked_folder_is_a_checkpoint_of_that_step_at_once(run: Path) -> None:
    assert discover(run, "m", "sft") == []
    mark_ready(run / "it0000500" / "hf", 500, run=run, method="dpo")
    (found,) = discover(run, "m", "unknown")
    assert (found.checkpoint.step, found.layout, found.ready) == (500, "marked", True)
    assert found.checkpoint.method == "dpo"
    assert discover(run, "m", "sft")[0].checkpoint.method == "sft"


def test_files_newer_than_the_mark_have_to_be_quiet(run: Path) -> None:
    mark_ready(run / "it0000500" / "hf", 500, run=run)
    (run / "it0000500" / "hf" / "config.json").touch()
    later = (run / "skillprobe_ready" / "500.json").stat().st_mtime + 5
    os.utime(run / "it0000500" / "hf" / "config.json", (later, later))
    (found,) = discover(run, "m", "sft")
    assert not found.ready
    mark_ready(run / "it0000500" / "hf", 500, run=run)
    os.utime(run / "skillprobe_ready" / "500.json", (later, later))
    assert discover(run, "m", "sft")[0].ready


def test_a_checkpoint_that_was_rotated_away_is_none(run: Path) -> None:
    mark_ready(run / "it0000500" / "hf", 500, run=run)
    shutil.rmtree(run / "it0000500")
    assert list(LAYOUT.find(run)) == []


def test_a_mark_goes_before_the_trainers_own_layout(tiny_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    mark_ready(run / "checkpoint-10", 10)
    assert [each.layout for each in discover(run, "m", "sft")][:2] == ["marked", "hf_trainer"]


def test_the_base_of_a_mark_is_that_of_the_run(run: Path, tiny_base: Path) -> None:
    mark_ready(run / "it0000500" / "hf", 500, run=run, base=str(tiny_base))
    assert recognise_run(run).base == tiny_base
