"""The layout nearest to a folder in which nothing was recognised, and the file that is missing."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .layouts import LAYOUTS, Layout
from .layouts.layout import names_in
from .nested_runs import DEPTH

_MOST = 200  # folders looked at


@dataclass(frozen=True, slots=True)
class Near:
    """A folder that has some parts of a layout. lacks: pattern of the first file or folder that is missing."""

    folder: Path
    layout: Layout
    lacks: str


def nearest_layout(folder: Path, layouts: Sequence[Layout] = LAYOUTS) -> Near | None:
    """The layout that a folder, or one up to three levels below it, has most parts of.

    Args:
        folder: A folder in which no layout finds a checkpoint.
        layouts: The layouts to compare it with.

    Returns:
        The layout with the most parts, the first of equal ones; None if the folder has no part of any.
    """
    best: tuple[float, Near] | None = None
    for number, place in enumerate(_folders(folder, DEPTH)):
        if number == _MOST:
            break
        names = names_in(place)
        for layout in layouts:
            starts = {sign.partition("/")[0] for sign in layout.signs}
            if not any(fnmatch.filter(names, start) for start in starts):
                continue
            there = [_has(place, sign) for sign in layout.signs]
            if any(there) and (best is None or sum(there) / len(there) > best[0]):
                lacks = next((sign for sign, has in zip(layout.signs, there, strict=True) if not has), "")
                best = sum(there) / len(there), Near(place, layout, lacks)
    return None if best is None else best[1]


def _has(folder: Path, sign: str) -> bool:
    try:
        return next(folder.glob(sign), None) is not None
    except OSError:
        return False


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    yield folder
    if depth:
        for name in sorted(names_in(folder)):
            if not name.startswith(".") and (folder / name).is_dir():
                yield from _folders(folder / name, depth - 1)


def pattern_of(folder: Path, models: Sequence[Path]) -> str | None:
    """The pattern of a layout in settings that would number models in a folder, such as `ckpt_{step}`.

    Args:
        folder: The run folder.
        models: Folders of models below it.

    Returns:
        The pattern; None unless all names are equal but for one number.
    """
    names = [str(each.relative_to(folder)) for each in models if each != folder and each.is_relative_to(folder)]
    numbers = [re.findall("[0-9]+", name) for name in names]
    shapes = {re.sub("[0-9]+", "{}", name) for name in names}
    if not names or len(names) < len(models) or len(shapes) > 1 or any(len(each) != 1 for each in numbers):
        return None
    widths = {len(each) for (each,) in numbers}
    padded = len(widths) == 1 and any(each.startswith("0") and len(each) > 1 for (each,) in numbers)
    return shapes.pop().replace("{}", f"{{step:0{widths.pop()}}}" if padded else "{step}")
