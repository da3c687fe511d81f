"""A layout that is described by patterns, as in the settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .completeness import LastAct
from .converted import converted_by
from .layout import Found, Layout, is_folder, numbered

Rule = Callable[[Path, Path, int], LastAct]
"""The rule of a checkpoint, by its folder, its run folder and its step."""

_OF_FOLDER: dict[str, Callable[[Path], LastAct]] = {
    "file": completeness.file,
    "json": completeness.json_file,
    "absent": completeness.no_file,
}


def rule_of(text: str) -> Rule:
    """The rule of completeness that a text such as `file:DONE` names; raises ValueError for any other text."""
    name, _, argument = text.partition(":")
    if name in _OF_FOLDER and argument:
        return lambda folder, _, __: _OF_FOLDER[name](folder / argument)
    if name == "number" and argument:
        return lambda _, root, step: completeness.number_in(root / argument, step)
    if text == "rename":
        return lambda _, __, ___: completeness.rename()
    if text == "quiet":
        return lambda _, __, ___: completeness.quiet()
    if name == "quiet" and re.fullmatch(r"[0-9]+(\.[0-9]+)?", argument):
        return lambda _, __, ___: completeness.quiet(float(argument))
    raise ValueError(
        "one of file:NAME, json:NAME, absent:NAME (in the checkpoint's folder), number:NAME (in the run folder), "
        "rename, quiet, quiet:SECONDS"
    )


@dataclass(frozen=True, slots=True)
class DescribedLayout:
    """The description of a layout.

    pattern: the folder of a checkpoint, from the run folder, with `{step}` in one part.
    complete: a text that `rule_of` reads. weights, config, tokenizer: folders, from the checkpoint's folder or
    absolute; `weights` may also be a file. convert: the command that is run to convert weights that cannot be read,
    with the fields `{folder}`, `{root}`, `{step}`, `{base}` and `{out}`; empty for those that can.
    """

    pattern: str
    complete: str
    weights: str = "."
    config: str = "."
    tokenizer: str = "."
    convert: str = ""

    def layout(self, name: str) -> Layout:
        """The layout under a name."""
        return Layout(
            name=name,
            looks_for=f"{self.pattern.replace('{step}', 'N')}/ (complete: {self.complete})",
            find=self._find,
            order=0,
            entries=tuple(_signs(self.pattern.partition("/")[0])),
            trainers="skillprobe.toml",
            complete=self.complete,
            parts=f"weights in {self.weights}, configuration in {self.config}, tokenizer in {self.tokenizer}",
            convert=self.convert,
            signs=tuple(_signs(self.pattern)),
        )

    def _find(self, root: Path) -> Iterator[Found]:
        rule = rule_of(self.complete)
        for step, named, folder in _matches(root, self.pattern.split("/"), None, root):
            weights, config, tokenizer = (_place(folder, each) for each in (self.weights, self.config, self.tokenizer))
            files = ModelFiles(named, weights, config, tokenizer)
            if self.convert:
                files = converted_by(self.convert, files, root, step, folder).borrowing()
            yield Found(root, step, files, rule(folder, root, step))


def _place(folder: Path, part: str) -> Path:
    return folder if part == "." else folder / Path(part).expanduser()


def _matches(folder: Path, parts: list[str], step: int | None, named: Path) -> Iterator[tuple[int, Path, Path]]:
    """Step, the folder that people name (that of the last part with a field) and the folder of each checkpoint."""
    if not parts:
        if step is not None and is_folder(folder):
            yield step, named, folder
        return
    first, *rest = parts
    if "{" not in first:
        yield from _matches(folder / first, rest, step, named)
        return
    if "{step" in first:
        for number, path in sorted(numbered(folder, first)):
            yield from _matches(path, rest, number, path)
        return
    for _, path in sorted(numbered(folder, re.sub(r"\{\w+", "{step", first, count=1))):
        yield from _matches(path, rest, step, path)


def _signs(pattern: str) -> Iterator[str]:
    parts = [re.sub(r"\{[^}]*\}", "*", part) for part in pattern.split("/")]
    yield from ("/".join(parts[: number + 1]) for number in range(len(parts)))
