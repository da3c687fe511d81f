"""Contradictions between the trainer's states in checkpoints and the steps in the names of their folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from .bounded_files import LARGEST_LISTS, read_object
from .checkpoint import Checkpoint
from .layouts.hf_trainer import LAST_WRITTEN
from .layouts.layout import stated_step

_SHOWN = 3


def step_conflict(checkpoint: Checkpoint) -> str | None:
    """Say so where the trainer's state in a checkpoint states another step than the folder's name.

    Args:
        checkpoint: A checkpoint with the step of its folder's name.

    Returns:
        One line with the step that is used, the reason and a remedy; None if there is no contradiction.
    """
    stated = stated_step(checkpoint.path / LAST_WRITTEN) if checkpoint.step else None
    if stated is None or stated == checkpoint.step:
        return None
    return (
        f"{checkpoint.path}: {LAST_WRITTEN} states global_step {stated}, and the name gives step {checkpoint.step}, "
        f"which is used. Remedy: if {stated} is right, rename the folder to checkpoint-{stated}; if the file is left "
        "from an earlier run, delete it"
    )


def mixed_trainings(checkpoints: Sequence[Checkpoint]) -> str | None:
    """Say so where checkpoints in one folder are of several trainings, as after a start from step 0 in it.

    The trainer keeps what it has logged in each checkpoint. A checkpoint of a training that went on from an earlier
    one has the same losses up to that step.

    Args:
        checkpoints: Complete checkpoints of one run folder.

    Returns:
        One line with a remedy; None if no two checkpoints contradict each other.
    """
    kept = [(each, _losses_of(each.path / LAST_WRITTEN)) for each in sorted(checkpoints, key=lambda each: each.step)]
    for place, ((earlier, first), (later, second)) in enumerate(pairwise(kept)):
        # What is logged at the step itself may follow the save.
        if any(second.get(step, loss) != loss for step, loss in first.items() if step < earlier.step):
            others = [str(each.step) for each, _ in kept[place + 1 :]]
            shown = ", ".join(others[:_SHOWN]) + (", ..." if len(others) > _SHOWN else "")
            return (
                f"{later.run_folder}: the losses in step {later.step}'s {LAST_WRITTEN} are not those of step "
                f"{earlier.step}, so the folder holds checkpoints of several trainings. Remedy: move those of the "
                f"earlier training ({shown}, or those before) to a folder of their own"
            )
    return None


def _losses_of(file: Path) -> Mapping[int, float]:
    try:
        stamp = file.stat()
    except OSError:
        return {}
    return _losses(file, (stamp.st_dev, stamp.st_ino, stamp.st_size, stamp.st_mtime_ns))


@lru_cache(maxsize=1000)
def _losses(file: Path, at: tuple[int, ...]) -> Mapping[int, float]:
    """The losses by step in a trainer's state, read once as long as the file stays as it is.

    Args:
        file: The file.
        at: The device, inode, size and time of the file: another version is read again.
    """
    try:
        history = read_object(file, LARGEST_LISTS)["log_history"]
        entries = [each for each in history if isinstance(each, dict)]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {
        each["step"]: float(each["loss"])
        for each in entries
        if type(each.get("step")) is int and type(each.get("loss")) in (int, float)
    }
