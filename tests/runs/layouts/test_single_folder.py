"""A folder that is itself a checkpoint."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.runs.layouts.single_folder import LAST_WRITTEN, LAYOUT, step_of
from tests.runs.one_run import only


def test_a_saved_model_is_step_0(tiny_base):
    candidate = only(tiny_base, settle_seconds=0)
    assert (candidate.checkpoint.step, candidate.ready) == (0, True)


def test_a_numbered_folder_keeps_its_step(run):
    assert only(run / "checkpoint-10").checkpoint.step == 10
    (run / "checkpoint-10").rename(run / "best")
    assert only(run / "best").checkpoint.step == 10  # the trainer's state says so


def test_a_final_model_next_to_checkpoints_is_not_one_of_them(run, tiny_base):
    shutil.copytree(tiny_base, run, dirs_exist_ok=True)
    assert only(run).checkpoint.step == 10


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["config.json", "model.safetensors"], True),
        (["config.json", "pytorch_model.bin"], True),
        (["config.json"], False),
        (["model.safetensors"], False),
    ],
)
def test_a_configuration_with_weights_is_a_checkpoint(files: list[str], found: bool, tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).touch()
    assert [each.files.path for each in LAYOUT.find(tmp_path)] == [tmp_path] * found


def test_the_step_is_that_of_the_name_then_of_the_trainers_state(tmp_path: Path) -> None:
    final = tmp_path / "checkpoint-40"
    final.mkdir()
    (final / LAST_WRITTEN).write_text('{"global_step": 7}')
    assert step_of(final) == 40
    renamed = final.rename(tmp_path / "final")
    assert step_of(renamed) == 7
    for half in ('{"global_st', "[]", '{"global_step": null}', "{}"):
        (renamed / LAST_WRITTEN).write_text(half)
        assert step_of(renamed) == 0
    (tmp_path / "link").symlink_to(tmp_path / "final")
    assert step_of(tmp_path / "link") == 0
