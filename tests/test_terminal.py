"""What is printed for people, on streams of any encoding."""

import io
import logging
import sys
import warnings
from collections.abc import Iterator

import pytest

from skillprobe_core.progress import progress
from skillprobe_core.terminal import export, prepare, say


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal, and that refuses what its encoding lacks."""

    def __init__(self, encoding: str = "utf-8", terminal: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict", newline="")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def written(self) -> bytes:
        self.flush()
        return self.buffer.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", "é\\x1b[/b]\n"), ("ascii", "\\xe9\\x1b[/b]\n")])
def test_what_an_encoding_lacks_is_escaped(encoding: str, shown: str) -> None:
    stream = Terminal(encoding)
    say("é\x1b[/b]", stream=stream)
    assert stream.written().decode(encoding) == shown


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_an_export_to_a_pipe_is_utf_8_whatever_the_locale(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal(encoding, terminal=False)
    monkeypatch.setattr("sys.stdout", stream)
    print("before")
    export('a\n"é\x1b\r\n日本"\n')
    print("after")
    assert stream.written() == b"before\n" + 'a\n"é\x1b\r\n日本"\n'.encode() + b"after\n"


def test_an_export_to_a_terminal_is_read_by_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    export("a\n\x1b[31m,é\n")
    assert stream.written().decode() == "a\n\\x1b[31m,é\n"


@pytest.fixture
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what `prepare` sets for the whole process."""
    factory = logging.getLogRecordFactory()
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    yield
    logging.setLogRecordFactory(factory)


@pytest.mark.usefixtures("_as_before")
def test_warnings_and_log_records_of_libraries_are_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal("ascii")
    monkeypatch.setattr("sys.stderr", stream)
    prepare()
    handler = logging.StreamHandler(sys.stderr)
    logger = logging.getLogger("a library")
    logger.addHandler(handler)
    logger.warning("a model of type %s", "\x1b[31m[/b]é")
    logger.removeHandler(handler)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        sys.stderr.write(warnings.formatwarning("\x1b[32m[/c]é", UserWarning, "file.py", 1))
    shown = stream.written().decode("ascii")
    assert r"a model of type \x1b[31m[/b]\xe9" in shown
    assert r"\x1b[32m[/c]\xe9" in shown


@pytest.mark.parametrize("columns", ["40", "120"])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("terminal", [True, False])
def test_a_task_is_named_as_it_is(terminal: bool, encoding: str, columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal(encoding, terminal)
    with progress("[/b] :smile: \x9b\n日本", 2, stream) as report:
        report.advance(1)
        report.advance(1)
    shown = "".join(stream.written().decode(encoding).split())
    assert "[/b]:smile:\\x9b\\n" + ("日本" if encoding == "utf-8" else r"\u65e5\u672c") in shown or terminal
    assert "\x9b" not in shown
    assert "[/b]" in shown
