"""OpenRLHF's folders; that a save is never taken too early is tested in tests/scenarios/test_saves_replayed.py."""

from pathlib import Path

from skillprobe_core.runs.discovery import discover

from .trainers import aged, copy


def test_a_step_that_has_both_forms_is_the_hugging_face_one(tmp_path: Path, tiny_run: Path) -> None:
    for step in (20, 40):
        state = tmp_path / "_actor" / f"global_step{step}"
        state.mkdir(parents=True)
        (state / "mp_rank_00_model_states.pt").touch()
    (tmp_path / "_actor" / "latest").write_text("global_step40")
    for file in copy(tiny_run / "checkpoint-10", tmp_path / "global_step40_hf").iterdir():
        aged(file, 3600)
    first, second = discover(tmp_path, "m", "rl", settle_seconds=0)
    assert (first.checkpoint.step, first.unreadable) == (20, True)
    assert (second.checkpoint.step, second.ready, second.checkpoint.path.name) == (40, True, "global_step40_hf")
