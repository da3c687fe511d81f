"""Digests that outlast a look: a look ends, the reading goes on, and nothing is read twice."""

from pathlib import Path
from threading import Event

import pytest

from skillprobe_core.project.digests_between_looks import DigestsBetweenLooks
from skillprobe_core.project.watching import StillReading
from skillprobe_core.runs.model_files import ModelFiles


def test_a_long_reading_goes_on_between_looks_and_is_done_once(tiny_base: Path, tiny_run: Path) -> None:
    reads: list[Path] = []
    go_on = Event()

    def read(files: ModelFiles) -> str:
        reads.append(files.path)
        if files.path == tiny_base:
            go_on.wait()
        return files.path.name

    digests = DigestsBetweenLooks(seconds=0.01)
    large, small = ModelFiles.of(tiny_base), ModelFiles.of(tiny_run / "checkpoint-10")
    for _ in range(3):
        with pytest.raises(StillReading):
            digests.digest(read, large)
    with pytest.raises(StillReading):
        digests.digest(read, small)
    go_on.set()
    digests.seconds = 60
    assert digests.digest(read, large) == tiny_base.name
    assert digests.digest(read, small) == "checkpoint-10"
    assert reads == [tiny_base, tiny_run / "checkpoint-10"]


@pytest.mark.parametrize("error", [ValueError("damaged"), TimeoutError("of the file system")])
def test_what_reading_raises_is_raised_and_it_is_read_again(tiny_base: Path, error: Exception) -> None:
    reads = []

    def read(files: ModelFiles) -> str:
        reads.append(files)
        raise error

    digests = DigestsBetweenLooks()
    for _ in range(2):
        with pytest.raises(type(error), match=str(error)):
            digests.digest(read, ModelFiles.of(tiny_base))
    assert len(reads) == 2
