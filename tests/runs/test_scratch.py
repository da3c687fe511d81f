"""Room for copies: the budget, the free space, and what makes room."""

import json
import os
import shutil
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.machine.file_locks import locked
from skillprobe_core.runs.scratch import Scratch, gigabytes
from skillprobe_core.runs.scratch_entries import FINISHED, LOGS_FOLDER, STATES_FOLDER, log_lock


def copy(scratch: Scratch, name: str, size: int, *, finished: bool, used: float) -> Path:
    place = scratch.copies / name
    place.mkdir(parents=True)
    (place / "model.safetensors").write_bytes(bytes(size))
    if finished:
        (place / FINISHED).touch()
    os.utime(place, (used, used))
    return place


def test_finished_copies_make_room_the_oldest_first(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "s", most=1000, free=0, seconds=1)
    now = 4e9  # in the future: nothing is unused for a day
    newer, older = (copy(scratch, name, 300, finished=True, used=now + age) for name, age in (("a", 9), ("b", 1)))
    needed = copy(scratch, "c", 300, finished=False, used=now)
    scratch.make_room(100)
    assert all(place.exists() for place in (newer, older, needed))
    scratch.make_room(101)
    assert [place.exists() for place in (newer, older, needed)] == [True, False, True]
    with pytest.raises(CheckpointError, match="does not fit: copies, pins, hidden states and logs hold") as caught:
        scratch.make_room(701)
    assert "gigabytes" in caught.value.remedy
    assert needed.exists()


def test_copies_that_were_not_used_for_a_day_make_room_last(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "s", most=1000, free=0, seconds=1)
    forgotten = copy(scratch, "a", 500, finished=False, used=1e9)
    finished = copy(scratch, "b", 500, finished=True, used=4e9)
    scratch.make_room(500)
    assert (forgotten.exists(), finished.exists()) == (True, False)
    scratch.make_room(1000)
    assert not forgotten.exists()


def test_space_that_stays_free_is_not_used(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    scratch = Scratch(tmp_path / "s", most=1 << 62, free=2 * free, seconds=1)
    with pytest.raises(CheckpointError, match="stay free"):
        scratch.make_room(1)


def test_only_files_that_pins_alone_keep_count(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "s", most=100, free=0, seconds=1)
    pinned, original = tmp_path / "pin" / "w", tmp_path / "w"
    pinned.parent.mkdir()
    original.write_bytes(bytes(50))
    os.link(original, pinned)
    (scratch.pins / "m").mkdir(parents=True)
    note = scratch.pins / "m" / "1.json"
    note.write_text(json.dumps({"released": False, "folder": str(pinned.parent)}))
    (scratch.pins / "m" / "2.json").write_text("{")
    assert scratch.held() == 0
    original.unlink()
    assert scratch.held() == 50
    note.write_text(json.dumps({"released": True, "folder": str(pinned.parent)}))
    assert scratch.held() == 0


def old_file(file: Path, size: int, used: float) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(size))
    os.utime(file, (used, used))
    return file


def test_copies_states_and_logs_share_one_budget_and_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    work = tmp_path / "store"
    scratch = Scratch(tmp_path / "s", most=1000, free=0, seconds=1, work=work)
    states = old_file(work / STATES_FOLDER / "b.float32.t.safetensors", 300, 2e9)
    log = old_file(work / LOGS_FOLDER / "v" / "1.parquet", 300, 1e9).parent
    os.utime(log, (1e9, 1e9))
    made = copy(scratch, "c", 300, finished=True, used=3e9)
    assert scratch.held() == 900
    assert scratch.room_for(100, tmp_path) is None
    assert all(path.exists() for path in (states, log, made))
    assert scratch.room_for(300, tmp_path) is None
    assert [path.exists() for path in (states, log, made)] == [True, False, True]
    assert scratch.room_for(500, tmp_path) is None
    assert [path.exists() for path in (states, log, made)] == [False, False, True]
    assert "1000" not in str(scratch.room_for(1001, tmp_path))
    assert scratch.held() == 0


def test_a_log_in_use_or_of_an_interrupted_run_stays(tmp_path: Path) -> None:
    work = tmp_path / "store"
    scratch = Scratch(tmp_path / "s", most=100, free=0, seconds=1, work=work)
    used = old_file(work / LOGS_FOLDER / "used" / "1.parquet", 100, 1e9).parent
    for name in ("1.parquet", "2.parquet"):
        interrupted = old_file(work / LOGS_FOLDER / "interrupted" / name, 50, 1e9).parent
    locks = work / "locks"
    locks.mkdir()
    with locked(locks / f"{log_lock('used')}.lock", shared=True):
        assert scratch.room_for(50, tmp_path) is not None
        assert used.exists()
        assert interrupted.exists()
    os.utime(interrupted, (1e9, 1e9))
    assert scratch.room_for(100, tmp_path) is None
    assert not used.exists()
    assert not interrupted.exists(), "nothing used it for a day"
    assert list(locks.iterdir()) == []


def test_sizes_are_given_in_two_units() -> None:
    assert (gigabytes(15.24e9), gigabytes(4e5)) == ("15.2 GB", "0.4 MB")
