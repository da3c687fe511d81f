import io
import os
import pty

from skillprobe_core.progress import Lines, progress


def test_a_stream_that_is_no_terminal_gets_lines():
    stream = io.StringIO()
    with progress("m/10 generations", 5, stream) as report:
        for _ in range(5):
            report.advance(1, 100)
    (line,) = stream.getvalue().splitlines()
    assert line.startswith("m/10 generations: 5/5, ")
    assert "tokens/s" in line
    assert "done in" in line


def test_lines_come_no_more_often_than_the_interval():
    stream = io.StringIO()
    every = Lines("t", 100, stream, interval=0.0)
    for _ in range(3):
        every.advance(10)
    assert [line.split(",")[0] for line in stream.getvalue().splitlines()] == ["t: 10/100", "t: 20/100", "t: 30/100"]
    assert all("left" in line for line in stream.getvalue().splitlines())
    seldom = Lines("t", 100, quiet := io.StringIO(), interval=3600.0)
    seldom.advance(99)
    assert quiet.getvalue() == ""
    seldom.advance(1)
    assert quiet.getvalue().count("\n") == 1


def _everything_from(terminal: int) -> str:
    """What was written to a terminal whose other end is closed; one read gives a part of it only."""
    parts = []
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        while True:
            try:
                part = stream.read(65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            parts.append(part)
    return b"".join(parts).decode()


def test_a_terminal_gets_a_bar():
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal, progress("m/10 generations", 4, terminal) as report:
        report.advance(3, 50)
    shown = _everything_from(master)
    assert "m/10 generations" in shown
    assert "3/4" in shown
