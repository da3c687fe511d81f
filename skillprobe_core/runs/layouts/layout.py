"""Layouts: where a trainer keeps its checkpoints, how it numbers them, and how it ends one."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from pathlib import Path

from skillprobe_core.runs.bounded_files import LARGEST_LISTS, read_object
from skillprobe_core.runs.model_files import ModelFiles

from .completeness import LastAct


@dataclass(frozen=True, slots=True)
class Conversion:
    """The way to a checkpoint whose weights cannot be read as they are.

    cause: the reason, as one clause. command: the command that writes a readable model; it has `OUT` in place of the
    folder to write and, where it needs one, `BASE` in place of the base's.
    """

    cause: str
    command: str


@dataclass(frozen=True, slots=True)
class Found:
    """A checkpoint, complete or not.

    run: the run folder, in which the layout finds this checkpoint again. Its name is the model's default name.
    last_act: the rule by which the checkpoint is complete.
    conversion: the way to weights that cannot be read; None for weights in safetensors files.
    layout: name of the layout that found it; set by whoever calls the layout.
    """

    run: Path
    step: int
    files: ModelFiles
    last_act: LastAct
    conversion: Conversion | None = None
    layout: str = ""

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

    entries: patterns of names. A folder of which no entry has such a name is not given to `find` (default: any is).

    The others describe it to people. trainers: who writes it. complete: its rule of completeness. parts: the places of
    weights, configuration and tokenizer. convert: the command for weights that cannot be read here. signs: patterns of
    paths in a run folder, each a further part of a checkpoint: a folder that has the first of them but not all is near.
    """

    name: str
    looks_for: str
    find: Callable[[Path], Iterable[Found]]
    order: int = 50
    entries: tuple[str, ...] = ()
    trainers: str = ""
    complete: str = ""
    parts: str = ""
    convert: str = ""
    signs: tuple[str, ...] = ()

    def may_hold(self, names: Iterable[str]) -> bool:
        """True if a folder with entries of these names may have this layout."""
        return not self.entries or any(map(_any_of(self.entries), names))


@cache
def _any_of(globs: tuple[str, ...]) -> Callable[[str], object]:
    return re.compile("|".join(map(translate, globs))).match


LARGEST_STEP = (1 << 63) - 1
_FIELD = re.compile(r"\{(\w+)[^}]*\}")


@cache
def _names(pattern: str) -> tuple[re.Pattern[str], list[str]]:
    """The expression of a pattern's names, with a group for each field, and the fields."""
    return re.compile("([0-9]+)".join(map(re.escape, _FIELD.split(pattern)[::2]))), _FIELD.findall(pattern)


def numbered(folder: Path, pattern: str, *, padded: bool = False) -> Iterator[tuple[int, Path]]:
    """Step and path of the entries that `step_in` reads; a folder that does not exist has no entries."""
    for name in names_in(folder):
        if (step := step_in(name, pattern, padded=padded)) is not None:
            yield step, folder / name


def folders(folder: Path, pattern: str, *, padded: bool = False) -> list[tuple[int, Path, float]]:
    """Step, path and start of later steps (nanoseconds, `completeness.followed`) of numbered folders, by step."""
    entries = numbered(folder, pattern, padded=padded)
    found, later, listed = sorted(each for each in entries if is_folder(each[1])), -1.0, []
    for step, path in reversed(found):
        listed.append((step, path, later))
        later = max(later, changed_at(path))
    return listed[::-1]


def changed_at(path: Path) -> float:
    """Time of a folder's last change in nanoseconds; -1 if it is gone."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1


def names_in(folder: Path) -> frozenset[str]:
    """Names of a folder's entries; none of a folder that is missing, not a folder, or not readable.

    `found_in` has listed the run folder itself. A checkpoint's folder that this user may not read fails alone, where
    its files are judged.
    """
    try:
        return frozenset(os.listdir(folder))
    except OSError:
        return frozenset()


def is_folder(path: Path) -> bool:
    """True if the path is a folder; False also where this user may not look."""
    return os.path.isdir(path)


def quoted(path: Path) -> str:
    """A path as one word of a shell command."""
    return shlex.quote(str(path))


def step_in(name: str, pattern: str, *, padded: bool = False) -> int | None:
    """The step in a name such as `checkpoint-{step}` or `{step:07}_adapters.safetensors`; None for other names.

    The pattern is a format string; fields besides `step` are numbers as well. A name counts only as the writer formats
    it: `checkpoint-007` is not step 7 of `checkpoint-{step}`, unless numbers may be `padded` with zeros.
    """
    names, fields = _names(pattern)
    match = names.fullmatch(name)
    if match is None:
        return None
    numbers = dict(zip(fields, map(int, match.groups()), strict=True))
    step = numbers["step"]
    return step if step <= LARGEST_STEP and (padded or pattern.format(**numbers) == name) else None


def stated_step(state: Path) -> int | None:
    """The step in a trainer's state file; None if it states none that a checkpoint can have."""
    try:
        step = read_object(state, LARGEST_LISTS).get("global_step")
    except (OSError, ValueError):
        return None
    return step if type(step) is int and 0 <= step <= LARGEST_STEP else None
