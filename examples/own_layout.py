"""A checkpoint layout of your own. In skillprobe.toml: plugins = ["own_layout.py"], with this file next to it.

It finds `RUN/weights/0000500/`, complete when `RUN/progress.txt`, which the trainer writes last, reaches the step.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe import Found, Layout, ModelFiles, completeness, numbered


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per numbered folder in `weights`."""
    for step, folder in numbered(root / "weights", "{step:07}"):
        yield Found(root, step, ModelFiles.of(folder), completeness.number_in(root / "progress.txt", step))


LAYOUT = Layout(name="numbered_weights", looks_for="weights/0000500/ (complete with progress.txt)", find=find)
