"""prime-rl's folders; that they complete with `STABLE` is tested with the protocol."""

from pathlib import Path

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.model_naming import model_of

from .trainers import PrimeRLWriter


def test_only_broadcasts_are_read_and_the_output_folder_names_the_model(tmp_path: Path, tiny_run: Path) -> None:
    root = tmp_path / "my-output"
    PrimeRLWriter().write(tiny_run / "checkpoint-10", root, 7)
    path = PrimeRLWriter().finish(root, 7)
    (root / "checkpoints" / "step_5" / "trainer").mkdir(parents=True)
    (root / "broadcasts" / "step_8").touch()
    (candidate,) = discover(root, "m", "rl")
    assert (candidate.checkpoint.step, candidate.checkpoint.path, candidate.ready) == (7, path, True)
    assert model_of(path) == "my-output"
