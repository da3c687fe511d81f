"""Kills of runs that save, and a look at what each leaves."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.runs.content_files import counting_files
from skillprobe_core.runs.discovery import Candidate, discover
from skillprobe_core.runs.weights import open_weights

from .savers import STEPS, Saver, preload

_NEVER = 1e12
_ACTS = {"open", "os.mkdir", "os.rename", "os.remove"}


@dataclass(frozen=True, slots=True)
class Left:
    """The checkpoints that a run leaves, counted.

    complete: checkpoints that are taken at once. settled: those that are taken once no file changes any more.
    unfinished: those that are not taken. partial: those that are taken and lack anything; there should be none.
    """

    complete: int
    settled: int
    unfinished: int
    partial: tuple[str, ...]


def run(saver: Saver, base: Path, folder: Path, at: int | None = None) -> int:
    """Save in a process, and kill it soon after it has touched files so many times.

    The kill comes from outside, so that it also falls within a write.

    Args:
        saver: It saves the run.
        base: A small model.
        folder: The run folder.
        at: Files opened and folders made or renamed before the kill, from the first save on (default: no kill).

    Returns:
        The number of such acts; with a kill, `at`.
    """
    preload()
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reads)
            _save(saver, base, folder, at, writes)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writes)
    with open(reads, "rb") as pipe:
        if at is not None and pipe.read(1):
            os.kill(child, signal.SIGKILL)
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if at is None and status != 0:
        raise RuntimeError(f"the run ended with status {status}")
    return int(said) if at is None else at


def _save(saver: Saver, base: Path, folder: Path, at: int | None, pipe: int) -> None:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    acts, begun = 0, False

    def count(event: str, _: tuple[object, ...]) -> None:
        nonlocal acts
        if begun and event in _ACTS:
            acts += 1
            if acts == at:
                os.write(pipe, b"k")

    def begin() -> None:
        nonlocal begun
        begun = True

    sys.addaudithook(count)
    saver(base, folder, begin)
    begun = False
    if at is None:
        os.write(pipe, str(acts).encode())


def killed(saver: Saver, base: Path, kills: int, seed: int = 0) -> Iterator[Left]:
    """Kill a run at random points between its first save and its end, each time in a fresh folder.

    Args:
        saver: It saves the run.
        base: A small model.
        kills: Number of kills.
        seed: Of the random points.

    Yields:
        What the run that was not killed leaves, then what each killed one leaves.
    """
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as temporary:
        acts = run(saver, base, Path(temporary) / "run")
        yield left(Path(temporary) / "run")
    for _ in range(kills):
        with tempfile.TemporaryDirectory() as temporary:
            run(saver, base, Path(temporary) / "run", rng.randint(1, acts))
            yield left(Path(temporary) / "run")


def left(folder: Path) -> Left:
    """The checkpoints in a run folder, with all weights that are taken compared with what was to be saved."""
    at_once = {each.checkpoint.path: each for each in _seen(folder, _NEVER)}
    later = {each.checkpoint.path: each for each in _seen(folder, 0)}
    complete = [each for each in at_once.values() if each.ready]
    settled = [each for path, each in later.items() if (each.ready or each.settled) and not at_once[path].ready]
    partial = [fault for each in complete if (fault := _fault(each, texts=True))]
    partial += [fault for each in settled if (fault := _fault(each, texts=False))]
    return Left(len(complete), len(settled), len(at_once) - len(complete) - len(settled), tuple(partial))


def _seen(folder: Path, settle_seconds: float) -> Iterator[Candidate]:
    """The checkpoints of a run folder, and of the folders in it that are checkpoints themselves."""
    if folder.is_dir():
        yield from discover(folder, "m", "sft", settle_seconds=settle_seconds)
        for place in sorted(folder.glob("adapter-*")):
            yield from discover(place, "m", "sft", settle_seconds=settle_seconds)


def _fault(candidate: Candidate, *, texts: bool) -> str:
    """The fault of a checkpoint that is taken; empty if it lacks nothing."""
    step = int(candidate.checkpoint.path.name.rpartition("-")[2])
    try:
        weights = open_weights(candidate.checkpoint.files)
        wrong = [name for name in weights if not bool((weights.tensor(name) == step).all())]
        if wrong or not weights or not 1 <= step <= STEPS:
            return f"{candidate.checkpoint.path}: {len(wrong)} of {len(weights)} tensors differ"
        for path in counting_files(candidate.checkpoint.files).values() if texts else ():
            if path.suffix == ".json":
                json.loads(path.read_bytes())
    except Exception as error:  # whatever it is: the checkpoint was taken for complete
        return f"{candidate.checkpoint.path}: {type(error).__name__}: {error}"
    return ""
