"""A store that cannot be created or written is named, with the variable that sets it."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.store_errors import writing
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
