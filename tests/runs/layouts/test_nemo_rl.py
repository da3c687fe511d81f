"""NeMo-RL's folders: only the final name counts, and the tokenizer has a folder of its own."""

from pathlib import Path

from skillprobe_core.runs.layouts.nemo_rl import LAYOUT

from .trainers import RenamedWriter


def test_folders_under_other_names_are_not_found(tmp_path: Path, tiny_run: Path) -> None:
    writer = RenamedWriter()
    writer.write(tiny_run / "checkpoint-10", tmp_path, 20)
    (tmp_path / "old_step_10" / "policy" / "weights").mkdir(parents=True)
    (tmp_path / "step_30").mkdir()
    assert list(LAYOUT.find(tmp_path)) == []
    writer.finish(tmp_path, 20)
    (found,) = LAYOUT.find(tmp_path)
    policy = tmp_path / "step_20" / "policy"
    assert (found.step, found.files.weights) == (20, policy / "weights" / "model" / "consolidated")
    assert found.files.tokenizer == policy / "tokenizer"
