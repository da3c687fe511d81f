"""C sources are compiled once per machine and source; without a compiler there is no library."""

import os
import shutil
from pathlib import Path

import pytest

from skillprobe_core.machine.compiled import compiled_library

SOURCE = "int answer(int x) { return 6 * x; }\n"
needs_compiler = pytest.mark.skipif(
    shutil.which(os.environ.get("CC", "cc")) is None and shutil.which("gcc") is None, reason="no C compiler"
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "skillprobe"


@needs_compiler
def test_a_source_is_compiled_once_and_again_when_it_changes(cache: Path, tmp_path: Path) -> None:
    source = tmp_path / "answer.c"
    source.write_text(SOURCE)
    library = compiled_library(source, "answer")
    assert library is not None
    assert library.answer(7) == 42
    (file,) = cache.iterdir()
    before = file.stat().st_mtime_ns
    assert compiled_library(source, "answer") is not None
    assert file.stat().st_mtime_ns == before
    source.write_text(SOURCE.replace("6", "8"))
    changed = compiled_library(source, "answer")
    assert changed is not None
    assert changed.answer(7) == 56
    assert len(list(cache.iterdir())) == 2, "no unfinished file is left"


@needs_compiler
def test_a_source_that_does_not_compile_gives_none_and_leaves_nothing(cache: Path, tmp_path: Path) -> None:
    source = tmp_path / "broken.c"
    source.write_text("int answer( {")
    assert compiled_library(source, "broken") is None
    assert list(cache.iterdir()) == []


def test_without_a_compiler_there_is_no_library(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "answer.c"
    source.write_text(SOURCE)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert compiled_library(source, "answer") is None


@needs_compiler
def test_a_cache_that_cannot_be_written_gives_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "answer.c"
    source.write_text(SOURCE)
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert compiled_library(source, "answer") is None
