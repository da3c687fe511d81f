"""Layouts: where a trainer keeps its checkpoints, how it numbers them, and how it ends one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from .completeness import LastAct


@dataclass(frozen=True, slots=True)
class Found:
    """A checkpoint, complete or not.

    run: the run folder, in which the layout finds this checkpoint again. Its name is the model's default name.
    last_act: the rule by which the checkpoint is complete.
    """

    run: Path
    step: int
    files: ModelFiles
    last_act: LastAct

    def covers(self, path: Path) -> bool:
        """True if the path is the checkpoint, or leads from it to its weights or configuration."""
        parts = (self.files.weights, self.files.config)
        return path == self.files.path or (
            path.is_relative_to(self.files.path) and any(part.is_relative_to(path) for part in parts)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The way in which one trainer lays out its checkpoints.

    name: its name in messages. looks_for: the files and folders that it recognises, for messages.
    find: the checkpoints of a folder, none where it has another layout; reads names and markers, never weights, and
    raises OSError when the folder cannot be read.
    order: where two layouts find the same step in a folder, the one with the lower order counts (default: that of
    layouts of run folders by their name, before those of a folder that is itself a checkpoint).
    """

    name: str
    looks_for: str
    find: Callable[[Path], Iterable[Found]]
    order: int = 50


_FIELD = re.compile(r"\{(\w+)[^}]*\}")


def numbered(folder: Path, pattern: str) -> Iterator[tuple[int, Path]]:
    """Step and path of the entries that `step_in` reads; a folder that does not exist has no entries."""
    for entry in folder.iterdir() if folder.is_dir() else ():
        if (step := step_in(entry.name, pattern)) is not None:
            yield step, entry


def step_in(name: str, pattern: str) -> int | None:
    """The step in a name such as `checkpoint-{step}` or `{step:07}_adapters.safetensors`; None for other names.

    The pattern is a format string; fields besides `step` are numbers as well. A name counts only as the writer formats
    it: `checkpoint-007` is not step 7 of `checkpoint-{step}`.
    """
    texts = map(re.escape, _FIELD.split(pattern)[::2])
    match = re.fullmatch("([0-9]+)".join(texts), name)
    if match is None:
        return None
    numbers = dict(zip(_FIELD.findall(pattern), map(int, match.groups()), strict=True))
    return numbers["step"] if pattern.format(**numbers) == name else None
