"""Changes of bytes that sizes and times do not show."""

import hashlib
import os
import shutil
import time
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.verification import verify, verify_results
from skillprobe_core.runs.identity import identity
from skillprobe_core.runs.identity_records import IdentityRecords
from skillprobe_core.runs.run_settings import RunSettings


def settle(folder: Path) -> None:
    hour_ago = time.time() - 3600
    for file in folder.iterdir():
        os.utime(file, (hour_ago, hour_ago), follow_symlinks=True)


def flip(file: Path) -> None:
    """Change the last byte in place and put the time back."""
    status = file.stat()
    with file.open("r+b") as opened:
        opened.seek(-1, os.SEEK_END)
        last = opened.read(1)
        opened.seek(-1, os.SEEK_END)
        opened.write(bytes([last[0] ^ 1]))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    run = Path(shutil.copytree(tiny_run, tmp_path / "run"))
    for folder in run.iterdir():
        settle(folder)
    return run


@pytest.fixture
def records(run: Path, tmp_path: Path) -> IdentityRecords:
    records = IdentityRecords(tmp_path / "records")
    for folder in run.iterdir():
        identity(folder, records)
    return records


def outcomes(records: IdentityRecords, folder: Path | None = None) -> dict[str, str]:
    return {each.path.name: each.outcome for each in verify(records, folder)}


def test_a_changed_byte_is_found_and_counts_from_then_on(run: Path, records: IdentityRecords) -> None:
    changed = run / "checkpoint-10"
    before = identity(changed, records)
    assert outcomes(records) == {"checkpoint-10": "unchanged", "checkpoint-20": "unchanged"}
    flip(changed / "model.safetensors")
    assert identity(changed, records) == before, "sizes and times are trusted until then"
    assert outcomes(records) == {"checkpoint-10": "changed", "checkpoint-20": "unchanged"}
    assert identity(changed, records) == identity(changed) != before
    assert outcomes(records) == {"checkpoint-10": "unchanged", "checkpoint-20": "unchanged"}


def test_files_that_cannot_be_read_any_more_under_the_same_times(run: Path, records: IdentityRecords) -> None:
    file = run / "checkpoint-10" / "model.safetensors"
    status = file.stat()
    with file.open("r+b") as opened:
        opened.write(b"\xff" * 16)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    first = next(verify(records))
    assert (first.outcome, "safetensors" in first.reason) == ("changed", True)


def test_a_folder_that_is_gone_and_one_that_was_written_again(run: Path, records: IdentityRecords) -> None:
    shutil.rmtree(run / "checkpoint-10")
    file = run / "checkpoint-20" / "config.json"
    file.write_text(file.read_text().replace("{", '{"rope_theta": 7.0,', 1))
    assert outcomes(records) == {"checkpoint-10": "gone", "checkpoint-20": "written again"}


def test_a_folder_limits_what_is_read(run: Path, records: IdentityRecords) -> None:
    assert outcomes(records, run / "checkpoint-20") == {"checkpoint-20": "unchanged"}
    assert outcomes(records, run.parent / "elsewhere") == {}


def test_a_blob_of_a_cache_is_compared_with_its_name(tiny_base: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "models--a--b" / "snapshots" / "revision"
    shutil.copytree(tiny_base, snapshot)
    weights = snapshot / "model.safetensors"
    blob = snapshot.parent.parent / "blobs" / hashlib.sha256(weights.read_bytes()).hexdigest()
    blob.parent.mkdir()
    weights.rename(blob)
    weights.symlink_to(f"../../blobs/{blob.name}")
    settle(snapshot)
    records = IdentityRecords(tmp_path / "records")
    before = identity(snapshot, records)
    assert outcomes(records) == {"revision": "unchanged"}
    flip(blob)
    assert outcomes(records) == {"revision": "changed"}
    assert identity(snapshot, records) != before, "the name is no longer trusted"


def stored(run: Path, base: Path, store: Path) -> Project:
    """A store with the rows of the base and both checkpoints, but no record of a read."""
    settings = Settings(settle_seconds=0, runs=(RunSettings(folder=run, base=base, model="m"),))
    project = Project(settings, Store(store))
    for step in (10, 20):
        run_table(CHECKPOINTS, project.probe(f"m/{step}"))
    shutil.rmtree(store / "_work" / "identities")
    return project


def test_stored_results_are_compared_with_the_bytes_of_their_checkpoints(
    run: Path, tiny_base: Path, tmp_path: Path
) -> None:
    project = stored(run, tiny_base, tmp_path / "store")
    unchanged = [(each.path.name, each.outcome) for each in verify_results(project, "m")]
    assert unchanged == [("base", "unchanged"), ("checkpoint-10", "unchanged"), ("checkpoint-20", "unchanged")]
    flip(run / "checkpoint-10" / "model.safetensors")
    assert [each.outcome for each in verify_results(project, "m", 10)] == ["changed"]
    assert not run_table(CHECKPOINTS, project.probe("m/10"))[-1].reused, "the next probe evaluates it"
    (run / "checkpoint-10" / "config.json").write_text("{")
    (broken,) = verify_results(project, "m", 10)
    assert (broken.outcome, "not valid JSON" in broken.reason) == ("changed", True)
    shutil.rmtree(run / "checkpoint-20")
    assert [each.outcome for each in verify_results(project, "m", 20)] == ["gone"]
    with pytest.raises(StoreError, match="checkpoints"):
        list(verify_results(project, "m", 30))


def test_a_model_that_is_not_configured_is_found_where_it_was_read(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    project = Project(Settings(), stored(run, tiny_base, tmp_path / "store").store)
    flip(run / "checkpoint-20" / "model.safetensors")
    assert [each.outcome for each in verify_results(project, "m")] == ["unchanged", "unchanged", "changed"]
