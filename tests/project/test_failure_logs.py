"""Logs of failures stay while their checkpoints fail, and are outdated once those are evaluated or gone."""

import os
import shutil
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.project.failed_attempts import note_failure, note_success
from skillprobe_core.project.failure_logs import outdated_logs, write_log
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.store_sizes import FAILURES, free, freeable
from skillprobe_core.runs.checkpoint import Checkpoint


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(Settings(), Store(tmp_path / "home"))


def failed(project: Project, folder: Path, model: str = "m-2", step: int = 3, doing: str = "generations") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    error = ValueError("a reason")
    return write_log(project.store, Checkpoint.in_folder(model, step, folder, "sft"), doing, error)


def stored(project: Project, table: str, later_than: Path, seconds: float) -> Path:
    part = project.store.root / table / "model=m-2" / "step=3" / "0123456789abcdef.parquet"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"")
    at = later_than.stat().st_mtime + seconds
    os.utime(part, (at, at))
    return part


def outdated(project: Project) -> set[Path]:
    return {log for log, _ in outdated_logs(project)}


def test_a_log_is_outdated_when_its_table_was_stored_after_it(project: Project, tmp_path: Path) -> None:
    log = failed(project, tmp_path / "it's here")
    prompts = failed(project, tmp_path / "it's here", doing="number type")
    assert "a reason" in log.read_text()
    assert outdated(project) == set()
    stored(project, "checkpoints", log, 5)
    assert outdated(project) == {prompts}
    stored(project, "generations", log, -5)
    assert outdated(project) == {prompts}
    stored(project, "generations", log, 5)
    assert outdated(project) == {log, prompts}


def test_a_log_is_outdated_when_its_checkpoint_was_deleted_or_evaluated(project: Project, tmp_path: Path) -> None:
    log, other = failed(project, tmp_path / "run"), failed(project, tmp_path / "other", step=4)
    shutil.rmtree(tmp_path / "run")
    assert outdated(project) == {log}
    note_failure(project.store, "m-2/4", "v", "1", "a reason")
    assert outdated(project) == {log}
    note_success(project.store, "m-2/4")
    assert outdated(project) == {log, other}


def test_a_log_of_an_earlier_version_stays_while_its_checkpoint_is_known(project: Project, tmp_path: Path) -> None:
    log = failed(project, tmp_path / "run")
    log.write_text("Traceback (most recent call last):\n")
    assert outdated(project) == {log}
    stored(project, "checkpoints", log, -5)
    assert outdated(project) == set()


def test_cleaning_removes_outdated_logs_and_keeps_one_that_is_written_again(project: Project, tmp_path: Path) -> None:
    log, kept = failed(project, tmp_path / "run"), failed(project, tmp_path / "other", step=4)
    shutil.rmtree(tmp_path / "run")
    (found,) = freeable(project)
    assert (found.kind, found.path) == (FAILURES, log)
    failed(project, tmp_path / "run")
    free(project.store, [found])
    assert log.exists()
    shutil.rmtree(tmp_path / "run")
    assert free(project.store, freeable(project)) == found.size
    assert (log.exists(), kept.exists()) == (False, True)
    assert freeable(project, unused_days=1.0) == []
