"""Run folders as a stranger could write them: each function makes one at a path, from a copy of a good checkpoint."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.hostile_files import FILES

Make = Callable[[Path, Path], object]
"""Makes the run folder of the first path from the checkpoint of the second."""


def _copied(good: Path, run: Path) -> Path:
    return Path(shutil.copytree(good, run / "checkpoint-10"))


def _spoilt(name: str) -> Make:
    return lambda run, good: FILES[name](_copied(good, run))


def _half_a_million_tensors(run: Path, good: Path) -> None:
    header = b"{" + b",".join(b'"%d":{}' % number for number in range(500_001)) + b"}"
    (_copied(good, run) / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)


def _truncated(run: Path, good: Path) -> None:
    weights = _copied(good, run) / "model.safetensors"
    os.truncate(weights, weights.stat().st_size - 4)


def _checkpoint_is_a_file(run: Path, _: Path) -> None:
    run.mkdir()
    (run / "checkpoint-10").write_text("not a folder")


def _checkpoint_circles(run: Path, _: Path) -> None:
    run.mkdir()
    (run / "checkpoint-10").symlink_to("checkpoint-10")


def _checkpoint_is_its_run(run: Path, _: Path) -> None:
    run.mkdir()
    (run / "checkpoint-10").symlink_to(".", target_is_directory=True)


def _marker_of_the_run(make: Callable[[Path], object]) -> Make:
    """A run in verl's layout, whose marker lies in the run folder."""

    def write(run: Path, good: Path) -> None:
        shutil.copytree(good, run / "global_step_10" / "actor" / "huggingface")
        make(run / "latest_checkpointed_iteration.txt")

    return write


def _sparse(file: Path) -> None:
    with file.open("wb") as opened:
        opened.truncate(300 << 20)


def _deep(run: Path, _: Path) -> None:
    folder = run
    folder.mkdir()
    for _level in range(40):
        folder = folder / "checkpoint-10"
        folder.mkdir()


RUNS: dict[str, tuple[str, Make]] = {
    "nests": ("header", _spoilt("header nests")),
    "config": ("config-list", _spoilt("config is a list")),
    "empty": ("no-tensors", _spoilt("header without tensors")),
    "infinite": ("infinite-shape", _spoilt("header of infinite shape")),
    "device": ("marker-device", _spoilt("config is a device")),
    "pipe": ("pipe", _spoilt("config is a pipe")),
    "circle": ("link-circle", _spoilt("config circles")),
    "large": ("large-json", _spoilt("config is 300 MB")),
    "million": ("many-tensors", _half_a_million_tensors),
    "short": ("short", _truncated),
    "newline": ("a\nline \x1b[31mred", _spoilt("config is a list")),
    "file": ("checkpoint-file", _checkpoint_is_a_file),
    "loop": ("checkpoint-loop", _checkpoint_circles),
    "itself": ("checkpoint-itself", _checkpoint_is_its_run),
    "verl-pipe": ("verl-pipe", _marker_of_the_run(os.mkfifo)),
    "verl-device": ("verl-device", _marker_of_the_run(lambda file: file.symlink_to("/dev/zero"))),
    "verl-large": ("verl-large", _marker_of_the_run(_sparse)),
    "deep": ("deep", _deep),
    "run-file": ("run-file", lambda run, _: run.write_text("not a folder")),
    "run-pipe": ("run-pipe", lambda run, _: os.mkfifo(run)),
    "run-loop": ("run-loop", lambda run, _: run.symlink_to(run.name)),
    "gone": ("gone", lambda run, _: run.symlink_to("nowhere")),
}
"""The name of the folder and what makes it, by the model's name."""

NOT_REQUESTED = frozenset(("file", "loop", "itself", "deep", "run-file", "run-pipe", "run-loop", "gone"))
"""Those that hold nothing that could be a checkpoint's weights."""

SOUND = frozenset(("verl-pipe", "verl-device", "verl-large"))
"""Those whose checkpoint is evaluated: the run's marker cannot be read, but the files rest."""
