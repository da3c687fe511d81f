"""A base without a chat template waits for that of its first complete checkpoint."""

from __future__ import annotations

import time
from collections.abc import Iterable

from skillprobe_core.runs.bounded_files import read_object
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.discovery import Candidate
from skillprobe_core.runs.model_files import ModelFiles

from .project import Project

_FILES = ("chat_template.jinja", "chat_template.json", "additional_chat_templates")


def waits_for_template(project: Project, base: Checkpoint, candidates: Iterable[Candidate]) -> bool:
    """True while a base should not be evaluated yet.

    That is so if checkpoints are given the shared template, neither the settings nor the base have one, and the run's
    checkpoints are all still being written: none is complete, and their trainers say so or files changed within
    `settle_seconds`. No tokenizer is loaded.

    Args:
        project: Its settings state whose template is used.
        base: The base of the run.
        candidates: The run's checkpoints, complete or not.
    """
    prompts = project.settings.prompts
    if prompts.template != "shared" or prompts.template_file is not None or has_template(base.files):
        return False
    since = (time.time() - project.settings.settle_seconds) * 1e9
    return all(
        not (each.ready or each.settled) and (each.writing or any(file.mtime_ns > since for file in each.files))
        for each in candidates
    )


def has_template(files: ModelFiles) -> bool:
    """True if a model's files hold a chat template."""
    folder = files.tokenizer
    if any((folder / name).exists() for name in _FILES):
        return True
    try:
        return bool(read_object(folder / "tokenizer_config.json").get("chat_template"))
    except (OSError, ValueError):
        return False
