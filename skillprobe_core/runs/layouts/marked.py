"""Checkpoints of any name that a training loop marked by `skillprobe.mark_ready` or `SkillprobeCallback`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.ready_marks import FOLDER, ready_mark

from . import completeness
from .layout import Found, Layout, is_folder, numbered


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per mark whose folder is there; a folder that the trainer has rotated away is none."""
    for step, _ in numbered(root / FOLDER, "{step}.json"):
        mark = ready_mark(root, step)
        if mark is not None and step and is_folder(mark.folder):
            yield Found(root, step, ModelFiles.of(mark.folder), completeness.file(mark.file))


LAYOUT = Layout(
    name="marked",
    looks_for=f"{FOLDER}/N.json",
    find=find,
    order=5,
    entries=(FOLDER,),
    trainers="any that calls skillprobe.mark_ready or has a SkillprobeCallback",
    complete="the mark is at least as new as the files, or they are quiet",
    parts="all in the folder that the mark names",
    signs=(FOLDER, f"{FOLDER}/*.json"),
)
