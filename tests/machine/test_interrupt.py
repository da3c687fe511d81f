"""Ctrl-C on real processes: one line, status 130, no traceback."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

MAIN = "from skillprobe_core.show.cli.main import main; main()"
SETTINGS = """
settle_seconds = 0
[items]
levels = [1, 2, 3]
per_level = 20
[sampling]
max_new_tokens = 400
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "skillprobe.toml").write_text(SETTINGS)
    return tmp_path / "home"


def interrupted(home: Path, command: Sequence[str], until: str, typed: str = "") -> tuple[int, str]:
    """Start a program, send SIGINT when a line (of either stream) holds `until`; its status and all it printed."""
    environment = os.environ | {"SKILLPROBE_HOME": str(home), "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
    # Not ignored, as it is in a shell's background jobs, where these tests may run.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=home.parent,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    signal.signal(signal.SIGINT, before)
    limit = threading.Timer(300, process.kill)
    limit.start()
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(typed)
        process.stdin.flush()
        seen = ""
        for line in process.stdout:
            seen += line
            if until in line:
                process.send_signal(signal.SIGINT)
                break
        else:
            pytest.fail(f"never printed {until!r}: {seen}")
        seen += process.stdout.read()
        process.wait()
    limit.cancel()
    return process.returncode, seen


def check(status: int, text: str, *told: str) -> None:
    assert status == 130, text
    assert "Traceback" not in text
    assert "Aborted" not in text
    assert "KeyboardInterrupt" not in text
    last = text.splitlines()[-1]
    assert last.startswith("interrupted: ")
    assert text.count("interrupted: ") == 1
    for each in told:
        assert each in last


def test_probe_while_it_generates(home: Path, tiny_base: Path) -> None:
    check(*interrupted(home, ["-c", MAIN, "probe", str(tiny_base)], "items (set"), str(home), "go on")


def test_watch_that_sleeps_and_prints_its_line_once(home: Path, tmp_path: Path, tiny_base: Path) -> None:
    (tmp_path / "run").mkdir()
    command = ["-c", MAIN, "watch", str(tmp_path / "run"), "--base", str(tiny_base), "--every", "0.1"]
    status, text = interrupted(home, command, "no checkpoint yet")
    check(status, text, str(home), "again")
    assert text.count("no checkpoint yet") == 1
    assert not (home / "generations").exists()


def test_the_prompt_of_sql(home: Path) -> None:
    check(*interrupted(home, ["-c", MAIN, "sql"], "Ctrl-D"), str(home))


def test_a_query_of_sql(home: Path) -> None:
    query = "SELECT 7 AS begun; SELECT sum(a.range * b.range % 7) FROM range(10000000) a, range(10000000) b;\n"
    first, second = query.split("; ")
    check(*interrupted(home, ["-c", MAIN, "sql"], "begun", f"{first};\n{second}"), str(home))


def test_usage_errors_and_other_statuses_are_as_they_were(home: Path) -> None:
    environment = os.environ | {"SKILLPROBE_HOME": str(home)}
    for arguments, status in ((["scores"], 1), (["probe"], 2), (["no-such-command"], 2), (["--help"], 0)):
        ended = subprocess.run(
            [sys.executable, "-c", MAIN, *arguments], env=environment, capture_output=True, check=False
        )
        assert ended.returncode == status, arguments


CHILD = """
import sys
from skillprobe_core.machine.interrupt import one_line_at_interrupt, run_child
with one_line_at_interrupt(lambda: "all of it"):
    sys.exit(run_child([sys.executable, "-c", {code!r}]))
"""


@pytest.mark.parametrize(
    "code",
    [
        "import time; print('begun', flush=True); time.sleep(600)",
        "import signal, time; signal.signal(15, lambda *_: exit(3)); print('begun', flush=True); time.sleep(9)",
    ],
    ids=["ends by SIGTERM", "handles SIGTERM"],
)
def test_a_child_ends_with_its_parent_and_prints_no_traceback(code: str, home: Path) -> None:
    check(*interrupted(home, ["-c", CHILD.format(code=code)], "begun"), "all of it")


def test_the_status_of_a_child_is_passed_on(home: Path) -> None:
    command = [sys.executable, "-c", CHILD.format(code="import sys; sys.exit(7)")]
    assert subprocess.run(command, check=False).returncode == 7


BODY = """
import gc, signal, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from skillprobe_core.machine.interrupt import one_line_at_interrupt

class Dies:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def main():
{body}

with one_line_at_interrupt(lambda: "this much"):
    main()
print("went on")
"""
BODIES = {
    "worker threads": """
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(time.sleep, 0.5) for _ in range(2)]
        print("begun", flush=True)
        [each.result() for each in waiting]""",
    "another exception in its place": """
    try:
        print("begun", flush=True)
        time.sleep(600)
    except KeyboardInterrupt:
        raise ImportError("numpy did not load")""",
    "swallowed": """
    try:
        print("begun", flush=True)
        time.sleep(600)
    except KeyboardInterrupt:
        pass""",
    "in a destructor": """
    print("begun", flush=True)
    Dies()
    time.sleep(600)""",
    "native code that does not return": """
    import duckdb
    connection = duckdb.connect()
    print("begun", flush=True)
    connection.sql("SELECT sum(a.range * b.range % 7) s FROM range(10000000) a, range(10000000) b").pl()""",
    "in a join": """
    event = threading.Event()
    thread = threading.Thread(target=event.wait, daemon=True)
    thread.start()
    print("begun", flush=True)
    thread.join()""",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_interrupt_ends_the_process_without_a_traceback_wherever_it_arrives(body: str, home: Path) -> None:
    status, text = interrupted(home, ["-c", BODY.format(body=body)], "begun")
    assert status == 130, text
    assert "Traceback" not in text
    assert "went on" not in text


def test_a_job_in_the_background_that_ignores_it_goes_on(home: Path) -> None:
    code = BODY.format(body='    signal.raise_signal(signal.SIGINT)\n    print("through", flush=True)')
    command = [sys.executable, "-c", f"import signal; signal.signal(2, signal.SIG_IGN)\n{code}"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.split("\n")[:2] == ["through", "went on"]


@pytest.mark.slow
def test_an_interrupted_training_of_the_demo_ends_with_one_line(home: Path, tiny_base: Path) -> None:
    pytest.importorskip("trl")
    out = str(home / "out")
    command = ["-m", "skillprobe_core.demo.sft_and_rl", "sft", "--base", str(tiny_base), "--out", out]
    check(*interrupted(home, command, "sft: "), out)
