"""Entries of scratch: their sizes, whether something waits for them, and their removal."""

import os
from pathlib import Path

from skillprobe_core.machine.file_locks import locked
from skillprobe_core.runs.scratch_entries import (
    COPIES,
    FINISHED,
    LOGS,
    STATES,
    entries,
    held_size,
    remove,
    remove_entry,
    size_of,
)


def test_sizes_and_removals_of_what_is_not_there(tmp_path: Path) -> None:
    assert size_of(tmp_path / "none") == 0
    remove(tmp_path / "none")
    (tmp_path / "some" / "deep").mkdir(parents=True)
    (tmp_path / "some" / "deep" / "f").write_bytes(bytes(7))
    assert size_of(tmp_path) == 7
    remove(tmp_path / "some")
    assert os.listdir(tmp_path) == []


def test_each_class_is_listed_once_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    copies, work = tmp_path / "copies", tmp_path / "work"
    for file, size in {
        copies / "a" / "model.safetensors": 5,
        copies / "b" / FINISHED: 0,
        copies / ".c.work" / "half": 7,
        work / "base_states" / "base.float32.texts.safetensors": 11,
        work / "base_states" / ".base.float32.more.safetensors.tmp": 13,
        work / "own_states" / "checkpoint.texts.safetensors": 37,
        work / "generations" / "one" / "1.parquet": 17,
        work / "generations" / "one" / ".2.parquet.tmp": 19,
        work / "generations" / "two" / "1.parquet": 23,
        work / "generations" / "two" / "2.parquet": 29,
        work / "locks" / "model-x.lock": 31,
    }.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(size))
    found = sorted((each.kind, each.path.name, each.size, each.finished) for each in entries(copies, work))
    assert found == sorted(
        [
            (COPIES, "a", 5, False),
            (COPIES, "b", 0, True),
            (STATES, "base.float32.texts.safetensors", 11, True),
            (LOGS, "one", 36, True),
            (LOGS, "two", 52, False),
        ]
    )
    assert held_size(copies, work) == 5 + 7 + 11 + 13 + 37 + 17 + 19 + 23 + 29
    assert held_size(copies, None) == 12
    assert [each.kind for each in entries(copies, None)] == [COPIES, COPIES]


def test_only_a_log_that_nobody_uses_is_removed(tmp_path: Path) -> None:
    log = tmp_path / "generations" / "v"
    log.mkdir(parents=True)
    (entry,) = entries(tmp_path / "none", tmp_path)
    assert entry.lock is not None
    entry.lock.parent.mkdir()
    with locked(entry.lock, shared=True):
        assert not remove_entry(entry)
        assert log.exists()
    assert remove_entry(entry)
    assert remove_entry(entry)
    assert not log.exists()
