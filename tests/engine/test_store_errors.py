"""A store that cannot be created or written is named, with the variable that sets it."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.store_errors import refusal, refusal_elsewhere, writing
from skillprobe_core.errors import StoreError

MAIN = "from skillprobe_core.show.cli.main import main; main()"


@pytest.mark.parametrize("arguments", [["items", "build"], ["items", "import", "gsm8k"], ["probe", "{base}"]])
@pytest.mark.parametrize("below", ["", "x", "x/y"])
def test_no_command_ends_with_a_traceback(arguments: list[str], below: str, tmp_path: Path, tiny_base: Path) -> None:
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / below
    command = [sys.executable, "-c", MAIN, *(each.format(base=tiny_base) for each in arguments)]
    environment = os.environ | {"SKILLPROBE_HOME": str(home)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert f"error: {home}: " in ended.stderr
    assert "SKILLPROBE_HOME" in ended.stderr


def test_locks_and_scratch_folders_raise_store_errors(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file")
    with pytest.raises(StoreError, match="SKILLPROBE_HOME"):
        store.scratch("locks")
    with pytest.raises(StoreError, match="SKILLPROBE_HOME"), store.lock("one"):
        pass


def test_a_full_disk_is_named_and_errors_about_other_files_stay_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No space left"), writing(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")
    elsewhere = OSError(errno.EIO, "Input/output error", "/elsewhere/file")
    with pytest.raises(OSError, match="elsewhere") as caught, writing(tmp_path):
        raise elsewhere
    assert caught.value is elsewhere


@pytest.mark.parametrize(
    ("error", "cause", "remedy"),
    [
        (OSError(errno.EFBIG, "File too large"), "File too large", "ulimit -f"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "quota", "skillprobe store clean"),
        (ValueError("I/O error: No space left on device (os error 28)"), "No space left", "skillprobe store clean"),
        (OSError("[Errno 28] Error writing bytes to file"), "No space left", "skillprobe store clean"),
        (OSError(errno.EROFS, "Read-only file system"), "Read-only", "SKILLPROBE_HOME"),
        (PermissionError(errno.EACCES, "Permission denied", "{root}/verdicts"), "verdicts", "SKILLPROBE_HOME"),
    ],
)
def test_whatever_a_library_raises_the_cause_decides(
    error: OSError | ValueError, cause: str, remedy: str, tmp_path: Path
) -> None:
    if isinstance(error, OSError) and error.filename:
        error.filename = error.filename.format(root=tmp_path)
    found = refusal(error, tmp_path)
    assert found is not None
    assert cause in found.cause
    assert remedy in found.remedy


@pytest.mark.parametrize(
    "error", [ValueError("os error 5"), OSError(errno.ENOSPC, "No space", "/elsewhere/f"), KeyError("x"), OSError("x")]
)
def test_other_errors_are_left_alone(error: Exception, tmp_path: Path) -> None:
    assert refusal(error, tmp_path) is None
    with pytest.raises(type(error)), writing(tmp_path):
        raise error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG])
def test_a_file_elsewhere_is_named_itself(number: int) -> None:
    found = refusal_elsewhere(OSError(number, os.strerror(number), "/elsewhere/report.html"))
    assert found is not None
    assert found.path == "/elsewhere/report.html"
    assert os.strerror(number) in found.cause
    assert refusal_elsewhere(OSError(errno.EIO, "Input/output error", "/elsewhere/report.html")) is None
    assert refusal_elsewhere(KeyError("x")) is None
