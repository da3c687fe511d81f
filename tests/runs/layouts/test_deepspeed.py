"""DeepSpeed's folders: found by ZeRO's files, and never before a Hugging Face model of the same step."""

import shutil
from pathlib import Path

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.layouts.deepspeed import LAYOUT


def test_a_numbered_folder_without_zeros_files_is_not_one(tmp_path: Path) -> None:
    (tmp_path / "global_step20").mkdir()
    assert list(LAYOUT.find(tmp_path)) == []
    (tmp_path / "global_step20" / "zero_pp_rank_0_mp_rank_00_model_states.pt").touch()
    (found,) = LAYOUT.find(tmp_path)
    assert found.last_act().missing == "no latest yet"
    (tmp_path / "latest").write_text("best")
    assert found.last_act().missing == "latest holds no number yet"
    (tmp_path / "latest").write_text("global_step10")
    assert found.last_act().missing == "latest says global_step10"
    (tmp_path / "latest").write_text("global_step30\n")
    assert found.last_act().missing is None


def test_the_state_within_a_checkpoint_does_not_hide_its_weights(tmp_path: Path, tiny_run: Path) -> None:
    for name in ("checkpoint-10", "best"):
        folder = shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "run" / name)
        (folder / "global_step10").mkdir()
        (folder / "global_step10" / "mp_rank_00_model_states.pt").touch()
        (folder / "latest").write_text("global_step10")
        (candidate,) = discover(folder, "m", "sft", settle_seconds=0)
        assert (candidate.checkpoint.step, candidate.ready) == (10, True)
