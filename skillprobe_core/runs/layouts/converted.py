"""Checkpoints that a command of the settings converts."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from skillprobe_core.runs.content_files import is_pickled_weights, is_weights
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.sharded.sharded_folder import is_sharded

from .layout import Conversion, Found, Layout, names_in, quoted

FIELDS = ("folder", "root", "step", "base", "out")
"""Fields of `convert`, each in braces: folders of the checkpoint and the run, the step, folders of the base and the
result."""


def checked_command(command: str) -> str:
    """The command; raises ValueError unless its fields are known, it can be divided into words, and it has `{out}`."""
    if not command:
        return command
    try:
        words = shlex.split(command.format(**dict.fromkeys(FIELDS, "x")))
    except (IndexError, KeyError, ValueError) as error:
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise ValueError(f"the fields of a command are {known}; write other braces twice, and close quotes") from error
    if not words or "{out}" not in command:
        raise ValueError("the command must have {out}, the folder that it writes the model to")
    return command


def converted_by(command: str, files: ModelFiles, root: Path, step: int, folder: Path | None = None) -> ModelFiles:
    """The files of a checkpoint with the command that converts it.

    Args:
        command: The command, with any of `FIELDS`; other braces are written twice.
        files: The checkpoint's files.
        root: Its run folder.
        step: Its step.
        folder: The folder that `{folder}` means (default: the checkpoint's).

    Returns:
        The files. The run folder and the step stand in the command; the others are filled in when it is run.
    """
    inside = "" if folder in (None, files.path) else f"/{quoted(folder.relative_to(files.path))}"
    for field, value in (("folder", f"{{path}}{inside}"), ("root", quoted(root)), ("step", str(step))):
        command = command.replace(f"{{{field}}}", value)
    return replace(files, command=command)


def setting_of(conversion: Conversion, folder: Path, root: Path | None) -> str:
    """A layout's own command for one checkpoint as a setting for all checkpoints of its run."""
    places = [(folder, "{folder}")] if root in (None, folder) else [(folder, "{folder}"), (root, "{root}")]
    command = conversion.command.replace("{", "{{").replace("}", "}}")
    for path, field in places:
        command = command.replace(quoted(path), field).replace(str(path), field)
    command = command.replace("OUT", "{out}").replace("BASE", "{base}")
    return f"convert = {json.dumps(command, ensure_ascii=False)}"


def with_converter(layouts: Sequence[Layout], command: str) -> Sequence[Layout]:
    """Layouts whose checkpoints are converted by the command unless their weights are a model in safetensors files."""
    return tuple(replace(layout, find=_converting(layout.find, command)) for layout in layouts) if command else layouts


def _converting(find: Callable[[Path], Iterable[Found]], command: str) -> Callable[[Path], Iterator[Found]]:
    def found(root: Path) -> Iterator[Found]:
        for each in find(root):
            if each.conversion is None and not (_pickled(each.files) or is_sharded(each.files.weights)):
                yield each
            else:
                files = converted_by(command, each.files, each.run, each.step).borrowing()
                yield replace(each, files=files, conversion=None)

    return found


def _pickled(files: ModelFiles) -> bool:
    weights = [name for name in names_in(files.weights) if is_weights(name)]
    return bool(weights) and all(map(is_pickled_weights, weights))
