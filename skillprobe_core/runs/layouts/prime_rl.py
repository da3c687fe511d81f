"""Output folders of prime-rl: `broadcasts/step_N/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Found, Layout, numbered

LAST_WRITTEN = "STABLE"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `step_N` in `broadcasts`, complete with the empty file `STABLE`, written last.

    The trainer keeps only the newest one.
    """
    for step, folder in numbered(root / "broadcasts", "step_{step}"):
        if folder.is_dir():
            yield Found(root, step, ModelFiles.of(folder), completeness.file(folder / LAST_WRITTEN))


LAYOUT = Layout(
    name="prime_rl",
    looks_for=f"broadcasts/step_N/ (complete with {LAST_WRITTEN})",
    find=find,
    order=30,
)
