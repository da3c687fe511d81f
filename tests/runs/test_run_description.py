"""Recognised folders in words: numbers, steps, commands, the base, and what a folder without a checkpoint lacks."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.runs.recognise_run import recognise
from skillprobe_core.runs.run_description import nothing_found, report, unreadable_error
from tests.runs.layouts.trainers import VerlWriter


@pytest.fixture
def verl(tmp_path: Path, tiny_run: Path) -> Path:
    """Five steps: three complete, one of pickled shards, one being written."""
    run = tmp_path / "exp"
    for step in (10, 20, 40, 50):
        VerlWriter().write(tiny_run / "checkpoint-10", run, step)
    actor = run / "global_step_30" / "actor"
    actor.mkdir(parents=True)
    (actor / "model_world_size_1_rank_0.pt").touch()
    VerlWriter().finish(run, 40)
    return run


def lines(folder: Path, base: Path | None = None) -> list[str]:
    return list(report(recognise(folder), base))


def test_a_run_is_described_from_any_nesting(verl: Path, tiny_base: Path) -> None:
    shown = lines(verl.parent, tiny_base)
    assert shown == lines(verl, tiny_base)
    assert shown == [
        f"{verl}: model exp",
        "  layout verl: 3 complete (steps 10, 20, 40), 1 being written (step 50), 1 unreadable (step 30)",
        "  step 50 is being written: latest_checkpointed_iteration.txt says 40",
        "  step 30 cannot be read: the weights are pickled FSDP shards (`checkpoint.save_contents` lacks `hf_model`). "
        f"Convert it: python -m verl.model_merger merge --backend fsdp --local_dir {verl}/global_step_30/actor "
        "--target_dir OUT; or let skillprobe run the converter, with this line under the run in skillprobe.toml: "
        'convert = "python -m verl.model_merger merge --backend fsdp --local_dir {folder}/actor --target_dir {out}"',
        f"  base {tiny_base}",
    ]
    assert lines(verl)[-1] == "  base: no file names it; give it with --base"


def test_many_steps_are_shown_by_the_first_and_the_last(tmp_path: Path, tiny_run: Path) -> None:
    for step in range(10, 60, 10):
        VerlWriter().write(tiny_run / "checkpoint-10", tmp_path, step)
    VerlWriter().finish(tmp_path, 50)
    assert "5 complete (steps 10 to 50)" in lines(tmp_path)[1]


def test_a_damaged_checkpoint_is_unreadable_and_the_reason_is_given(tmp_path: Path, tiny_run: Path) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    weights = run / "checkpoint-20" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    (run / "checkpoint-20" / "trainer_state.json").touch()
    shown = lines(run)
    assert "1 complete (step 10), 0 being written, 1 unreadable (step 20)" in shown[1]
    assert shown[2].startswith("  step 20 cannot be read: model.safetensors: truncated: ")


def test_models_without_steps_get_the_section_that_numbers_them(tmp_path: Path, tiny_base: Path) -> None:
    for number in (5, 10):
        shutil.copytree(tiny_base, tmp_path / f"ckpt_{number}")
    shown = lines(tmp_path)
    assert f"{tmp_path}: 2 models" in shown[0]
    assert '  pattern = "ckpt_{step}"' in shown
    shutil.copytree(tiny_base, tmp_path / "final")
    assert sum("the model has no step" in line for line in lines(tmp_path)) == 3


def test_one_bad_run_is_a_warning_and_the_others_are_described(
    verl: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from skillprobe_core.runs import recognise_run

    shutil.copytree(tiny_run, verl.parent / "a_bad")
    found = recognise_run.candidates_of

    def failing(folder: Path, *rest: object, **options: object) -> object:
        if folder.name == "a_bad":
            raise OSError("Stale file handle")
        return found(folder, *rest, **options)

    monkeypatch.setattr(recognise_run, "candidates_of", failing)
    shown = lines(verl.parent)
    assert shown[0] == f"{verl}: model exp"
    assert shown[-1] == f"warning: {verl.parent / 'a_bad'}: OSError: Stale file handle"


def test_a_folder_without_a_checkpoint_names_the_nearest_layout(tmp_path: Path) -> None:
    assert "nearest" not in nothing_found(tmp_path)
    (tmp_path / "broadcasts").mkdir()
    (line,) = lines(tmp_path)
    assert line.startswith(f"{tmp_path}: no checkpoint yet, so nothing is evaluated (looked for ")
    assert line.endswith("the nearest layout is prime_rl: it needs broadcasts/step_*")


def test_the_error_of_unreadable_weights_has_the_commands_with_the_base(verl: Path, tiny_base: Path) -> None:
    (run,) = recognise(verl).runs
    (each,) = run.unreadable
    assert each.conversion is not None
    error = unreadable_error(each.checkpoint.path, each.conversion, tiny_base, "exp", 30)
    assert f"skillprobe probe OUT --base {tiny_base} --model exp --step 30" in error.remedy
    assert "verl.model_merger" in error.remedy
