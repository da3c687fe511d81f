"""Layouts of other trainers, one for each kind of last act, with a writer that leaves what the trainer leaves."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from skillprobe_core.runs.discovery import Candidate, discover
from skillprobe_core.runs.layouts import (
    LAYOUTS,
    Found,
    Layout,
    completeness,
    hf_trainer,
    nemo_automodel,
    nemo_rl,
    prime_rl,
    verl,
)
from skillprobe_core.runs.layouts.layout import numbered
from skillprobe_core.runs.model_files import ModelFiles

WEIGHTS = "model.safetensors"


class Writer(Protocol):
    """A trainer. `waits_for` begins the reason before its last act; None if nothing is found then."""

    layout: Layout
    waits_for: str | None

    def write(self, source: Path, root: Path, step: int) -> Path:
        """Write all but the last act; returns the path of the weights."""
        ...

    def finish(self, root: Path, step: int) -> Path:
        """The last act; returns the checkpoint's path."""
        ...

    def path(self, root: Path, step: int) -> Path:
        """The path that names the finished checkpoint."""
        ...


class HFWriter:
    """The Hugging Face Trainer: a JSON file in the checkpoint's folder comes last."""

    layout = hf_trainer.LAYOUT
    waits_for = "no trainer_state.json yet"

    def write(self, source: Path, root: Path, step: int) -> Path:
        return copy(source, self.path(root, step)) / WEIGHTS

    def finish(self, root: Path, step: int) -> Path:
        (self.path(root, step) / "trainer_state.json").write_text(f'{{"global_step": {step}}}')
        return self.path(root, step)

    def path(self, root: Path, step: int) -> Path:
        return root / f"checkpoint-{step}"


class VerlWriter:
    """verl: a text file in the run's folder names the last complete step."""

    layout = verl.LAYOUT
    waits_for = "no latest_checkpointed_iteration.txt yet"

    def write(self, source: Path, root: Path, step: int) -> Path:
        return copy(source, self.path(root, step) / "actor" / "huggingface") / WEIGHTS

    def finish(self, root: Path, step: int) -> Path:
        (root / "latest_checkpointed_iteration.txt").write_text(f"{step}\n")
        return self.path(root, step)

    def path(self, root: Path, step: int) -> Path:
        return root / f"global_step_{step}"


class PrimeRLWriter:
    """prime-rl: an empty file in the checkpoint's folder comes last; the folders are one level down."""

    layout = prime_rl.LAYOUT
    waits_for = "no STABLE yet"

    def write(self, source: Path, root: Path, step: int) -> Path:
        return copy(source, self.path(root, step)) / WEIGHTS

    def finish(self, root: Path, step: int) -> Path:
        (self.path(root, step) / "STABLE").touch()
        return self.path(root, step)

    def path(self, root: Path, step: int) -> Path:
        return root / "broadcasts" / f"step_{step}"


class RenamedWriter:
    """NeMo-RL: the folder gets its name at the end; the tokenizer has a folder of its own."""

    layout = nemo_rl.LAYOUT
    waits_for = None  # not found at all

    def write(self, source: Path, root: Path, step: int) -> Path:
        policy = root / f"tmp_step_{step}" / "policy"
        model = policy / "weights" / "model" / "consolidated"
        copy(source, model)
        (policy / "tokenizer").mkdir()
        for file in model.glob("tokenizer*"):
            file.rename(policy / "tokenizer" / file.name)
        return model / WEIGHTS

    def finish(self, root: Path, step: int) -> Path:
        return (root / f"tmp_step_{step}").rename(self.path(root, step))

    def path(self, root: Path, step: int) -> Path:
        return root / f"step_{step}"


class AbsenceWriter:
    """NeMo Automodel: a file is there as long as the checkpoint is being written; names hold two numbers."""

    layout = nemo_automodel.LAYOUT
    waits_for = ".incomplete is still there"

    def write(self, source: Path, root: Path, step: int) -> Path:
        folder = self.path(root, step)
        copy(source, folder / "model")
        (folder / ".incomplete").touch()
        return folder / "model" / WEIGHTS

    def finish(self, root: Path, step: int) -> Path:
        (self.path(root, step) / ".incomplete").unlink()
        return self.path(root, step)

    def path(self, root: Path, step: int) -> Path:
        return root / f"epoch_{step // 15}_step_{step}"


def files_checkpoints(root: Path) -> Iterator[Found]:
    """Checkpoints are files in the run's folder without a marker. No trainer that is known writes this."""
    for step, file in numbered(root, "{step:07}_weights.safetensors"):
        yield Found(root, step, ModelFiles(file, file, root, root), completeness.quiet())


FILES = Layout(name="files", looks_for="0000N_weights.safetensors", find=files_checkpoints)


class FilesWriter:
    layout = FILES
    waits_for = "a file changed 0 s ago"

    def write(self, source: Path, root: Path, step: int) -> Path:
        copy(source, root)
        return (root / WEIGHTS).rename(self.path(root, step))

    def finish(self, root: Path, step: int) -> Path:
        for file in root.iterdir():
            aged(file, 3600)
        return self.path(root, step)

    def path(self, root: Path, step: int) -> Path:
        return root / f"{step:07}_weights.safetensors"


REGISTERED = (HFWriter(), VerlWriter(), PrimeRLWriter(), RenamedWriter(), AbsenceWriter())
OTHERS = (FilesWriter(),)
WRITERS = (*REGISTERED, *OTHERS)
EVERY = (*(writer.layout for writer in OTHERS), *LAYOUTS)


def copy(source: Path, target: Path) -> Path:
    """A checkpoint's files without the trainer's last one, with the times of now."""
    ignored = shutil.ignore_patterns("trainer_state.json")
    return shutil.copytree(source, target, copy_function=shutil.copyfile, ignore=ignored, dirs_exist_ok=True)


def aged(path: Path, seconds: float) -> None:
    """Set the time of the last change of a file."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def seen(root: Path, settle_seconds: float = 30, layouts: tuple[Layout, ...] = EVERY) -> list[Candidate]:
    return discover(root, "m", "rl", settle_seconds=settle_seconds, layouts=layouts)


by_layout = pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.layout.name)
