"""Pins keep complete checkpoints from rotation, and hold nothing that nobody needs."""

import errno
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from skillprobe_core.machine.file_locks import locked
from skillprobe_core.runs import pins as module
from skillprobe_core.runs.discovery import Candidate, discover
from skillprobe_core.runs.identity import identity
from skillprobe_core.runs.identity_records import IdentityRecords
from skillprobe_core.runs.pins import HIDDEN, TRAINER_STATE, Pin, Pins
from skillprobe_core.runs.scratch import Scratch


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run, tmp_path / "runs" / "exp"))


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path / "scratch", 1 << 40, 0, 1.0)


def seen(run: Path) -> list[Candidate]:
    return discover(run, "m", "sft", settle_seconds=0)


def pinned(run: Path, scratch: Scratch, *, copy: bool = False) -> tuple[Pins, list[Pin]]:
    pins = Pins(scratch)
    for candidate in seen(run):
        assert pins.pin(candidate, copy=copy) is None
    return pins, pins.of_model("m")


def no_links(*_: object) -> None:
    raise OSError(errno.EXDEV, "Invalid cross-device link")


def test_a_checkpoint_that_is_rotated_away_is_the_same_in_its_pin(run: Path, scratch: Scratch) -> None:
    before = [identity(each.checkpoint.files) for each in seen(run)]
    candidates = seen(run)
    _, made = pinned(run, scratch)
    assert scratch.held() == 0  # links
    shutil.rmtree(run / "checkpoint-10")
    shutil.rmtree(run / "checkpoint-20")
    assert [pin.step for pin in made] == [10, 20]
    assert all(pin.intact for pin in made)
    kept = [pin.of(each.checkpoint.files).weights / TRAINER_STATE for pin, each in zip(made, candidates, strict=True)]
    assert [json.loads(state.read_text())["global_step"] for state in kept] == [10, 20]
    assert [identity(pin.of(each.checkpoint.files)) for pin, each in zip(made, candidates, strict=True)] == before
    assert scratch.held() == sum(pin.held() for pin in made) > 0


def test_pins_lie_in_a_hidden_folder_next_to_the_run(run: Path, scratch: Scratch) -> None:
    _, made = pinned(run, scratch)
    assert {pin.folder.parent for pin in made} == {run.parent / HIDDEN / "exp"}
    assert [each.checkpoint.step for each in seen(run)] == [10, 20]
    again, same = pinned(run, scratch)
    assert same == made
    assert again.of_model("other") == []


def test_a_pin_is_kept_until_the_next_checkpoint_has_finished(run: Path, scratch: Scratch) -> None:
    pins, (first, second) = pinned(run, scratch)
    pins.finish("m", first.folder / "checkpoint-10")
    assert first.intact
    pins.finish("m", second.folder / "checkpoint-20")
    assert not first.folder.exists()
    assert second.intact
    pins.release(second)
    assert not (run.parent / HIDDEN).exists()
    assert [pin.released for pin in pins.of_model("m")] == [True, True]
    assert pins.pin(seen(run)[0], copy=False) is None
    assert not (run.parent / HIDDEN).exists()  # the same version is not pinned again


def test_the_later_one_may_finish_first(run: Path, scratch: Scratch) -> None:
    pins, (first, second) = pinned(run, scratch)
    pins.finish("m", second.folder / "checkpoint-20")
    assert first.intact
    pins.finish("m", first.folder / "checkpoint-10")
    assert not first.folder.exists()


def test_rewriting_in_place_is_noticed_and_replacing_a_file_is_none(run: Path, scratch: Scratch) -> None:
    _, (first, second) = pinned(run, scratch)
    file = run / "checkpoint-10" / "model.safetensors"
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data[::-1])
    assert first.intact
    with (run / "checkpoint-20" / "config.json").open("a") as config:
        config.write(" ")
    assert not second.intact


def test_where_links_are_impossible_a_copy_is_made_if_it_may_be(
    run: Path, scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.os, "link", no_links)
    pins = Pins(scratch)
    reason = pins.pin(seen(run)[0], copy=False)
    assert reason == "hard links are not possible (Invalid cross-device link)"
    assert not (run.parent / HIDDEN / "exp").exists() or not any((run.parent / HIDDEN / "exp").iterdir())
    _, made = pinned(run, scratch, copy=True)
    assert all(pin.folder.is_relative_to(scratch.folder) and pin.intact for pin in made)
    small = replace(scratch, folder=scratch.folder.with_name("small"), most=1000)
    assert "does not fit: copies, pins, hidden states and logs hold" in str(Pins(small).pin(seen(run)[0], copy=True))


def test_the_budget_and_the_trainers_disk_count_more_than_pins(run: Path, scratch: Scratch) -> None:
    pins, (first, second) = pinned(run, scratch)
    pins.finish("m", second.folder / "checkpoint-20")
    assert list(pins.keep_within_limits("m")) == []
    tight = Pins(replace(scratch, most=0))
    assert list(tight.keep_within_limits("m")) == []  # links hold nothing yet
    shutil.rmtree(run / "checkpoint-10")
    shutil.rmtree(run / "checkpoint-20")
    held = first.held()
    roomy = Pins(replace(scratch, most=held))
    assert list(roomy.keep_within_limits("m")) == []
    assert (first.intact, second.folder.exists()) == (True, False)  # the finished one went
    full = Pins(replace(scratch, free=1 << 62))
    assert [pin.step for pin in full.keep_within_limits("m")] == [10]
    assert not first.folder.exists()


def test_rotation_does_not_concern_single_folders_and_caches(tiny_base: Path, run: Path, scratch: Scratch) -> None:
    pins = Pins(scratch)
    assert pins.pin(discover(tiny_base, "m", "sft", settle_seconds=0)[0], copy=False) is None
    for file in list((run / "checkpoint-10").iterdir()):
        file.rename(run / file.name)
        file.symlink_to(run / file.name)
    assert pins.pin(seen(run)[0], copy=False) is None
    assert pins.of_model("m") == []


def test_a_file_that_vanishes_leaves_no_pin(run: Path, scratch: Scratch) -> None:
    candidate = seen(run)[0]
    shutil.rmtree(run / "checkpoint-10")
    assert Pins(scratch).pin(candidate, copy=False) is not None
    assert not list((run.parent).glob(f"{HIDDEN}/exp/*"))


def test_damaged_notes_are_no_pins(run: Path, scratch: Scratch) -> None:
    pins, made = pinned(run, scratch)
    notes = sorted((scratch.pins / "m").iterdir())
    notes[0].write_text("{")
    notes[1].write_text(json.dumps({"model": "m"}))
    assert pins.of_model("m") == []
    assert os.path.exists(made[0].folder)


def test_what_was_read_from_a_pin_is_not_read_again_from_the_trainers_folder(
    run: Path, scratch: Scratch, tmp_path: Path
) -> None:
    for file in run.rglob("*"):
        os.utime(file, (1e9, 1e9))
    candidate = seen(run)[0]
    _, made = pinned(run, scratch)
    records = IdentityRecords(tmp_path / "records")
    files = made[0].of(candidate.checkpoint.files)
    found = identity(files, records)
    reading = records.find(candidate.checkpoint.files)
    assert reading is not None
    assert reading.identity == found
    (record,) = records.all()
    assert record.files.path == run / "checkpoint-10"
    (run / "checkpoint-10" / "config.json").write_text("{}")
    assert records.find(candidate.checkpoint.files) is None


def test_pins_follow_a_renamed_model_and_go_with_a_removed_one(run: Path, scratch: Scratch) -> None:
    pins, made = pinned(run, scratch)
    pins.rename("m", "n")
    assert pins.of_model("m") == []
    assert pins.of_model("n") == [replace(pin, model="n") for pin in made]
    assert all(pin.intact for pin in made)
    pins.forget("n", 10)
    assert [pin.step for pin in pins.of_model("n")] == [20]
    assert not made[0].folder.exists()
    pins.forget("n")
    assert not (run.parent / HIDDEN).exists()
    assert not list(scratch.pins.rglob("*.json"))
    assert Pins(scratch).pin(seen(run)[0], copy=False) is None  # a run that is evaluated again is pinned again
    assert [pin.released for pin in pins.of_model("m")] == [False]


def test_a_killed_process_leaves_nothing_that_the_next_pin_does_not_remove(run: Path, scratch: Scratch) -> None:
    """Unfinished and half-removed pins keep files of the trainer, so they go; one that is being made stays."""
    first = seen(run)[0]
    beside = run.parent / HIDDEN / run.name
    for name in (".5-a-b.work", ".6-a-b.4242", ".7-a-b.4242.99", ".8-a-b.work"):
        (beside / name).mkdir(parents=True)
        (beside / name / "model.safetensors").write_bytes(b"x")
    with locked(beside / ".8-a-b.lock"):
        assert Pins(scratch).pin(first, copy=False) is None
        left = sorted(path.name for path in beside.glob(".*"))
    assert left == [".8-a-b.lock", ".8-a-b.work"]
    assert len(list(beside.glob("[!.]*"))) == 1
