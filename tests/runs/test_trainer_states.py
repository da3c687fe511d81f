"""What the trainer states about checkpoints, where it contradicts their names or each other."""

import json
from pathlib import Path

import pytest

from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.trainer_states import mixed_trainings, step_conflict


def saved(run: Path, step: int, *losses: float, stated: int | None = None) -> Checkpoint:
    """A checkpoint whose trainer logged these losses every ten steps."""
    folder = run / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    history = [{"step": 10 * (n + 1), "loss": loss} for n, loss in enumerate(losses)]
    state = {"global_step": step if stated is None else stated, "log_history": [*history, {"step": step, "eval": 1.0}]}
    (folder / "trainer_state.json").write_text(json.dumps(state))
    return Checkpoint.in_folder("run", step, folder, "sft")


def test_a_state_of_another_step_is_shown_with_the_step_that_is_used(tmp_path: Path) -> None:
    assert step_conflict(saved(tmp_path, 10)) is None
    line = step_conflict(saved(tmp_path, 20, stated=15))
    assert line is not None
    for part in ("states global_step 15", "step 20, which is used", "rename the folder to checkpoint-15"):
        assert part in line
    (tmp_path / "checkpoint-20" / "trainer_state.json").write_text("{")
    assert step_conflict(Checkpoint.in_folder("run", 20, tmp_path / "checkpoint-20", "sft")) is None


@pytest.mark.parametrize(
    ("losses", "mixed"),
    [
        ([(20, 3.0, 2.5), (40, 3.0, 2.5, 2.0, 1.5)], False),
        ([(20, 3.0), (40, 3.0, 2.5, 2.0, 1.5)], False),
        ([(20, 3.0, 2.6), (40, 3.0, 2.5, 2.0, 1.5)], False),  # logged at the step of the save itself, after it
        ([(20, 2.9, 2.4), (40, 3.0, 2.5, 2.0, 1.5)], True),  # a new start has overwritten step 20 so far
        ([(20, 3.0, 2.5), (40, 3.0, 2.5, 2.1, 1.6), (60, 3.0, 2.5, 2.0, 1.5, 1.4)], True),  # went on from step 20
        ([(20, 3.0, 2.5), (45, 3.0, 2.5, 2.0, 1.5), (47, 3.0, 2.5, 2.0, 1.5)], False),  # another save interval
    ],
)
def test_checkpoints_of_several_trainings_are_noticed(
    tmp_path: Path, losses: list[tuple[int, *tuple[float, ...]]], mixed: bool
) -> None:
    line = mixed_trainings([saved(tmp_path, step, *logged) for step, *logged in losses][::-1])
    assert (line is not None) is mixed
    if line is not None:
        assert f"step {losses[-1][0]}'s trainer_state.json" in line


def test_states_that_cannot_be_read_contradict_nothing(tmp_path: Path) -> None:
    first, second = saved(tmp_path, 10, 1.0), saved(tmp_path, 20, 2.0, 1.0)
    (second.path / "trainer_state.json").write_text('{"log_history": [3, {"step": "x", "loss": "nan"}]}')
    assert mixed_trainings([first, second]) is None
    (second.path / "trainer_state.json").unlink()
    assert mixed_trainings([first, second]) is None
