"""Names of checkpoints: a step is read as the trainer wrote it."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.runs.layouts import Found, completeness
from skillprobe_core.runs.layouts.layout import numbered, step_in
from skillprobe_core.runs.model_files import ModelFiles

PATTERNS = (
    "checkpoint-{step}", "{step:07}_adapters.safetensors", "epoch_{epoch}_step_{step}", "iter_{step:07}", "{step}"
)  # fmt: skip


@given(st.sampled_from(PATTERNS), st.integers(0, 10**12), st.integers(0, 99))
def test_a_name_is_read_as_it_was_written(pattern: str, step: int, epoch: int) -> None:
    name = pattern.format(step=step, epoch=epoch)
    assert step_in(name, pattern) == step
    for other in (f"{name}0x", f"x{name}", name.replace(str(step), f"00000000{step}"), name.replace(str(step), "١")):
        assert step_in(other, pattern) is None


def test_only_a_missing_folder_has_no_entries(tmp_path: Path) -> None:
    assert list(numbered(tmp_path / "nowhere", "step_{step}")) == []
    (tmp_path / "step_3").touch()
    (tmp_path / "step_x").touch()
    assert list(numbered(tmp_path, "step_{step}")) == [(3, tmp_path / "step_3")]


def test_a_checkpoint_covers_the_path_to_its_weights_and_nothing_next_to_it(tmp_path: Path) -> None:
    model = tmp_path / "step_5" / "actor" / "model"
    found = Found(tmp_path, 5, ModelFiles(tmp_path / "step_5", model, model, model), completeness.quiet())
    covered = [tmp_path / "step_5", tmp_path / "step_5/actor", model]
    assert all(found.covers(path) for path in covered)
    others = [tmp_path, tmp_path / "step_5/critic", tmp_path / "step_50", model / "model.safetensors"]
    assert not any(found.covers(path) for path in others)
