"""Sizes by class, and what can be freed: nothing that is in use, and no answer of an interrupted run."""

import os
import time
from pathlib import Path

from skillprobe_core.engine.store import Store
from skillprobe_core.machine.file_locks import locked
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.store_sizes import FAILURES, LEFT, SET_ASIDE, TABLES, free, freeable, leftovers, sizes
from skillprobe_core.runs.scratch_entries import COPIES, FINISHED, LOGS, STATES, log_lock

DAY = 86400.0


def put(file: Path, size: int = 10, age: float = 0.0) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(size))
    for path in (file, file.parent):
        os.utime(path, (time.time() - age, time.time() - age))
    return file


def project_at(folder: Path) -> Project:
    return Project(Settings(), Store(folder))


def test_what_killed_processes_left_is_freed_and_what_living_ones_hold_is_not(tmp_path: Path) -> None:
    project, work = project_at(tmp_path), tmp_path / "_work"
    copies = work / "weights" / "copies"
    left = [
        put(tmp_path / "verdicts" / "model=m" / "step=1" / ".0123456789abcdef.parquet.tmp"),
        put(tmp_path / ".skillprobe.toml.tmp"),
        put(work / "names" / ".m.json.tmp"),
        put(work / "attempts" / "m" / ".5.json.tmp"),
        put(work / "generations" / "v" / ".1.parquet.tmp"),
        put(work / "locks" / "verdicts-1.lock"),
        put(work / "own_states" / "c.t.safetensors"),
        put(copies / ".a.lock"),
        put(copies / ".b.work" / "model.safetensors"),
        put(work / "change" / "new" / "file"),
        put(tmp_path / "verdicts" / "model=m" / "step=1" / ".part.parquet.4242", age=2 * DAY),
    ]
    kept = [
        put(tmp_path / "verdicts" / "model=m" / "step=1" / "0123456789abcdef.parquet"),
        put(tmp_path / "verdicts" / "model=m" / "step=1" / ".part.parquet.4243"),
        put(work / "generations" / "v" / "1.parquet"),
        put(work / "failures" / "m-1-x.txt"),
        put(work / "set_aside" / "1" / "x"),
    ]
    held = put(work / "locks" / "generations-1.lock")
    writing = put(work / "base_states" / ".b.t.safetensors.tmp")
    making = put(copies / ".c.work" / "model.safetensors")
    with locked(held), locked(writing), locked(copies / ".c.lock"):
        found = list(leftovers(project))
        files = {each.path for each in found}
        assert files == {path.parent if path.parent.name in {".b.work", "new"} else path for path in left}
        free(project.store, found)
        assert [path for path in left if path.exists()] == []
        assert all(path.exists() for path in (*kept, held, writing, making))
    assert {each.path for each in leftovers(project)} == {making.parent}


def test_scratch_is_freed_by_class_and_by_age(tmp_path: Path) -> None:
    project, work = project_at(tmp_path), tmp_path / "_work"
    copies = work / "weights" / "copies"
    put(copies / "needed" / "w", 5)
    put(copies / "finished" / FINISHED, 0)
    old = put(copies / "finished" / "w", 7, age=3 * DAY)
    states = put(work / "base_states" / "b.float32.t.safetensors", 11)
    log = put(work / "generations" / "done" / "1.parquet", 13, age=3 * DAY)
    for name in ("1.parquet", "2.parquet"):
        interrupted = put(work / "generations" / "interrupted" / name, 17, age=9 * DAY)
    used = put(work / "generations" / "used" / "1.parquet", 19, age=9 * DAY)
    (work / "locks").mkdir()
    put(tmp_path / "items" / "item_set=1" / "part.parquet", 23)
    put(work / "set_aside" / "1" / "x", 29)
    assert sizes(project) == {
        TABLES: 23, COPIES: 12, STATES: 11, LOGS: 13 + 34 + 19, "pins of checkpoints": 0, SET_ASIDE: 29,
        "kept by `skillprobe upgrade`": 0, LEFT: 0, FAILURES: 0,
    }  # fmt: skip
    with locked(work / "locks" / f"{log_lock('used')}.lock", shared=True):
        assert {each.path for each in freeable(project, 1.0)} == {old.parent, log.parent}
        found = freeable(project)
        assert {each.path for each in found} == {old.parent, log.parent, states}
        assert free(project.store, found) == 7 + 11 + 13
        assert not any(path.exists() for path in (old, log, states))
        assert interrupted.exists()
        assert used.exists()
    assert {each.path for each in freeable(project)} == {used.parent}
