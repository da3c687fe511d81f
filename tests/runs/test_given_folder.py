"""A folder that somebody typed: what it cannot be is said before anything is read."""

import os
import shutil
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.given_folder import local_folder


def refused(folder: Path, role: str = "the base") -> CheckpointError:
    with pytest.raises(CheckpointError, match=f"cannot be {role}") as caught:
        local_folder(folder, role)
    assert caught.value.path == str(folder)
    return caught.value


def test_checkpoints_of_every_layout_and_saved_models_are_taken(tiny_base: Path, tiny_run: Path) -> None:
    local_folder(tiny_base, "the base")
    local_folder(tiny_run / "checkpoint-10", "the checkpoint")


def test_a_damaged_checkpoint_is_taken_since_its_own_reading_says_what_is_wrong(tiny_run: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "c"))
    (folder / "model.safetensors").unlink()
    local_folder(folder, "the checkpoint")


def test_a_name_of_the_hub_has_to_be_downloaded_first(tmp_path: Path) -> None:
    assert "`hf download Qwen/Qwen3-0.6B`" in refused(tmp_path / "Qwen" / "Qwen3-0.6B").remedy
    assert "`hf download ORGANISATION/NAME`" in refused(tmp_path / "a b" / "Qwen3-0.6B").remedy


def test_a_file_leads_to_its_folder(tiny_base: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.touch()
    assert str(tmp_path) in refused(file, "the checkpoint").remedy


def test_a_run_folder_leads_to_its_last_checkpoint(tiny_run: Path) -> None:
    error = refused(tiny_run)
    assert "checkpoint-10, checkpoint-20" in error.cause
    assert str(tiny_run / "checkpoint-20") in error.remedy
    assert f"skillprobe watch {tiny_run}" in error.remedy


def test_a_folder_of_runs_leads_to_the_command_that_lists_them(tiny_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_run, tmp_path / "top" / "a" / "exp")
    error = refused(tmp_path / "top")
    assert str(tmp_path / "top" / "a" / "exp") in error.cause
    assert f"skillprobe layouts {tmp_path / 'top'}" in error.remedy


def test_weights_that_cannot_be_read_lead_to_their_converter(tmp_path: Path) -> None:
    folder = tmp_path / "iter_0000040"
    folder.mkdir()
    with pytest.raises(CheckpointError, match="cannot be read: the weights are Megatron's") as caught:
        local_folder(folder, "the checkpoint")
    assert str(folder) in caught.value.remedy
    assert f"skillprobe probe OUT --base BASE --model {tmp_path.name} --step 40" in caught.value.remedy
    assert 'convert = "python -c' in caught.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret" / "inner").mkdir(parents=True)
    (tmp_path / "secret").chmod(0)
    assert "readable" in refused(tmp_path / "secret" / "inner").remedy
    (tmp_path / "secret").chmod(0o700)
