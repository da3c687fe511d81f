"""open-instruct's folders: known by their markers, or by the name that GRPO gives the run folder."""

from pathlib import Path

from skillprobe_core.runs.layouts.open_instruct import LAYOUT
from skillprobe_core.runs.model_files import ModelFiles


def test_numbered_folders_belong_to_it_by_a_marker_or_the_folders_name(tmp_path: Path) -> None:
    for root in (tmp_path / "exp", tmp_path / "exp_checkpoints"):
        (root / "step_20").mkdir(parents=True)
        (root / "step_40").mkdir()
    assert list(LAYOUT.find(tmp_path / "exp")) == []
    assert [found.step for found in LAYOUT.find(tmp_path / "exp_checkpoints")] == [20, 40]
    (tmp_path / "exp" / "step_20" / "COMPLETED").touch()
    states = [(found.step, found.last_act().missing) for found in LAYOUT.find(tmp_path / "exp")]
    assert states == [(20, None), (40, "no .checkpoint_complete yet")]


def test_epochs_count_from_one_and_borrow_what_they_lack(tmp_path: Path, tiny_base: Path) -> None:
    (tmp_path / "epoch_0").mkdir()
    (tmp_path / "epoch_0" / "COMPLETED").touch()
    (found,) = LAYOUT.find(tmp_path)
    assert found.step == 1
    files = found.files.on(ModelFiles.of(tiny_base))
    assert (files.weights, files.config, files.tokenizer) == (tmp_path / "epoch_0", tiny_base, tiny_base)
