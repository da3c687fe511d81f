"""The recorder of saves: what it records is what happened, and a replay ends with the same files."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.real_saves.recording import Operation, Recording, recorded

ROOT = Path(__file__).parents[3]
RECORDED = ROOT / "tests" / "data" / "recorded_saves"


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def save(root: Path) -> None:
    """Every operation that a trainer performs, in another order than that of the names."""
    (root / "tmp_step_1" / "deep").mkdir(parents=True)
    (root / "tmp_step_1" / "z.bin").write_bytes(bytes(3000))
    (root / "tmp_step_1" / "deep" / "a.json").write_text("{}")
    (root / "tmp_step_1").rename(root / "step_1")
    (root / "step_1" / "z.bin").write_bytes(b"written again")
    (root / ".marker.tmp").write_text("1")
    os.replace(root / ".marker.tmp", root / "marker")
    (root / "step_1" / "deep" / "a.json").unlink()
    (root / "step_1" / "deep").rmdir()


def test_all_operations_are_recorded_in_order(tmp_path: Path) -> None:
    with recorded(tmp_path / "exp") as recorder:
        save(tmp_path / "exp")
    recording = recorder.recording({"step": 1})
    done = [(each.kind, each.name, each.source) for each in recording.operations]
    assert done == [
        ("folder", "tmp_step_1", ""),
        ("folder", "tmp_step_1/deep", ""),
        ("file", "tmp_step_1/z.bin", ""),
        ("file", "tmp_step_1/deep/a.json", ""),
        ("rename", "step_1", "tmp_step_1"),
        ("file", "step_1/z.bin", ""),
        ("file", ".marker.tmp", ""),
        ("rename", "marker", ".marker.tmp"),
        ("remove", "step_1/deep/a.json", ""),
        ("remove_folder", "step_1/deep", ""),
    ]
    assert set(recording.contents.values()) == {bytes(3000), b"{}", b"written again", b"1"}


def test_a_replay_ends_with_the_same_files_and_grows_each_file(tmp_path: Path) -> None:
    with recorded(tmp_path / "exp") as recorder:
        save(tmp_path / "exp")
    recorder.recording({"step": 1}).write(tmp_path / "one.zip")
    recording = Recording.read(tmp_path / "one.zip")
    (tmp_path / "again").mkdir()
    sizes = []
    for _ in recording.replayed(tmp_path / "again"):
        found = files(tmp_path / "again")
        sizes.append(len(found.get("tmp_step_1/z.bin", b"")))
    assert sorted({*sizes}) == [0, 1024, 1500, 3000]
    assert files(tmp_path / "again") == files(tmp_path / "exp")
    recording.write(tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_files_that_compiled_code_writes_are_in_the_order_of_their_times(tmp_path: Path) -> None:
    """Between two acts that the interpreter reports, here with file descriptors that were opened before."""
    with recorded(tmp_path / "exp") as recorder:
        opened = [os.open(tmp_path / "exp" / name, os.O_CREAT | os.O_WRONLY) for name in ("late", "early")]
        for descriptor in reversed(opened):
            os.write(descriptor, b"content")
            time.sleep(0.02)
            os.close(descriptor)
    written = [each for each in recorder.recording({}).operations if each.content][-2:]
    assert [each.name for each in written] == ["early", "late"]
    assert isinstance(written[0], Operation)


@pytest.mark.slow
@pytest.mark.parametrize("library", ["transformers", "accelerate"])
def test_the_installed_library_performs_the_recorded_operations(library: str, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tools.real_saves", library, "--to", str(tmp_path)]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    made = sorted(tmp_path.glob("*.zip"))
    assert made
    for file in made:
        now, then = (Recording.read(folder / file.name) for folder in (tmp_path, RECORDED))
        names = [{each.name for each in recording.operations} for recording in (now, then)]
        assert names[0] == names[1]
