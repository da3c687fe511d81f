"""torchtune's folders: merged weights count before the adapter next to them, and epochs count from one."""

from pathlib import Path

import pytest

from skillprobe_core.runs.adapters import is_adapter
from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.layouts.torchtune import LAYOUT
from skillprobe_core.runs.weights import INDEX_FILE, open_weights

from .saves import all_saves, fresh


@pytest.fixture
def run(tmp_path: Path, tiny_run: Path) -> Path:
    saves = all_saves(tiny_run / "checkpoint-10", tmp_path / "parts")
    save = next(each for each in saves if each.layout == "torchtune")
    for act in save.acts:
        act(tmp_path / "exp" if (tmp_path / "exp").exists() else fresh(tmp_path / "exp"))
    return tmp_path / "exp"


def test_merged_weights_next_to_an_adapter_are_the_checkpoint(run: Path, tiny_run: Path) -> None:
    (candidate,) = discover(run, "m", "sft")
    files = candidate.checkpoint.files
    assert (files.path / "adapter_model.safetensors").exists()
    assert (candidate.checkpoint.step, candidate.ready, is_adapter(files)) == (30, True, False)
    assert set(open_weights(files)) == set(open_weights(tiny_run / "checkpoint-10"))


def test_the_first_epoch_is_a_step_after_the_base(run: Path) -> None:
    (run / "epoch_29").rename(run / "epoch_0")
    assert [found.step for found in LAYOUT.find(run)] == [1]


def test_folders_of_other_trainers_are_left_to_them(run: Path) -> None:
    (run / "epoch_29").rename(run / "step_29")
    (run / "step_29" / "COMPLETED").touch()
    assert list(LAYOUT.find(run)) == []
    (run / "step_29" / "COMPLETED").unlink()
    assert len(list(LAYOUT.find(run))) == 1
    assert list(LAYOUT.find(run.rename(run.with_name("broadcasts")))) == []


def test_a_lost_index_entry_is_waited_for(run: Path) -> None:
    (run / "epoch_29" / INDEX_FILE).write_text('{"weight_map": {"x": "model-00001-of-00002.safetensors"}}')
    assert not discover(run, "m", "sft", settle_seconds=0)[0].ready
