"""Files that exist completely or not at all."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from skillprobe_core.machine.unfinished_files import is_unfinished, replace_text, replacing, unfinished

KILLED = (
    "import os, signal, sys\nfrom pathlib import Path\n"
    "from skillprobe_core.machine.unfinished_files import replacing\n"
    "with replacing(Path(sys.argv[1])) as place:\n    place.write_text('half of a long te')\n"
    "    os.kill(os.getpid(), signal.SIGKILL)\n"
)


def test_a_failed_write_leaves_the_earlier_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    replace_text(file, "earlier")
    with pytest.raises(UnicodeEncodeError), replacing(file) as place, place.open("w", encoding="ascii") as half:
        half.write("half, then é")
    assert os.listdir(tmp_path) == ["a.json"]
    assert file.read_text() == "earlier"


def test_a_killed_writers_file_is_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    ended = subprocess.run([sys.executable, "-c", KILLED, str(file)], check=False, env=os.environ.copy())
    assert ended.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path) == [unfinished(file).name]
    assert is_unfinished(unfinished(file).name)
    assert not is_unfinished(file.name)
    replace_text(file, "all")
    assert os.listdir(tmp_path) == ["a.json"]
    assert file.read_text() == "all"


def test_writers_of_one_file_take_turns(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    texts = [letter * 5000 for letter in "abcdefgh"]
    writers = [threading.Thread(target=replace_text, args=(file, text)) for text in texts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert file.read_text() in texts
    assert os.listdir(tmp_path) == ["a.txt"]
