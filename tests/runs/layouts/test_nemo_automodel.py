"""NeMo Automodel's folders: the step is the second number, and a file says that the writer has not finished."""

from pathlib import Path

from skillprobe_core.runs.layouts.nemo_automodel import LAYOUT

from .trainers import AbsenceWriter


def test_the_reserved_name_is_not_found_and_the_file_means_writing(tmp_path: Path, tiny_run: Path) -> None:
    writer = AbsenceWriter()
    (tmp_path / "epoch_0_step_10.reserving-1f").mkdir()
    writer.write(tiny_run / "checkpoint-10", tmp_path, 20)
    (found,) = LAYOUT.find(tmp_path)
    assert (found.step, found.last_act().writing) == (20, True)
    writer.finish(tmp_path, 20)
    assert not found.last_act().writing
