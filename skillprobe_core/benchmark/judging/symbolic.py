"""Equality of two formulas, decided by math-verify in a process with limits of time and memory.

math-verify hangs on some inputs, raises outside a main thread and finds 1/2004! equal to 1/2006!. So it only gets
questions that the exact rules of `readers/formulas.py` cannot decide, in a process of its own that is killed when a
question takes too long. A model may write such formulas in every answer, so the questions of one table have a limit
together.
"""

from __future__ import annotations

import json
import math
import queue
import subprocess
import sys
import threading
import time
from contextlib import suppress
from importlib.util import find_spec
from types import TracebackType
from typing import Self

from skillprobe_core.errors import SettingsError
from skillprobe_core.terminal import say

SECONDS = 5.0
"""Time limit of one question."""

TABLE_SECONDS = 600.0
"""Time limit of all questions of one checker, and so of one table."""

_SECONDS_TO_START = 120


class SymbolicChecker:
    """A client of the worker process, which is started when first needed and again after it was killed.

    Use it in a `with` block, which ends the worker. When `table_seconds` are used up, all further questions stay
    undecided.

    Args:
        seconds: Time limit of one question.
        table_seconds: Time limit of all questions, including the restarts of the worker.
    """

    def __init__(self, seconds: float = SECONDS, table_seconds: float = TABLE_SECONDS) -> None:
        self.seconds, self.table_seconds = seconds, table_seconds
        self._used = 0.0
        self._worker: subprocess.Popen[str] | None = None
        self._replies: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def equal(self, answer: str, found: str) -> bool | None:
        """True if the formulas are equal; None if that was not decided within the limits of time and memory.

        Raises SettingsError if math-verify is not installed.
        """
        if self._used >= self.table_seconds:
            return None
        began = time.monotonic()
        worker = self._started()
        assert worker.stdin is not None
        verdict: bool | None = None
        try:
            worker.stdin.write(json.dumps([answer, found]) + "\n")
            worker.stdin.flush()
            verdict = json.loads(self._reply(self.seconds))
        except (queue.Empty, OSError):
            self.close()
        self._used += time.monotonic() - began
        if self._used >= self.table_seconds:
            say(
                f"note: comparing formulas has taken {self.table_seconds:.0f} seconds, the limit for one table; "
                "answers that need further comparisons get the verdict `timeout`",
                err=True,
            )
        return verdict

    def close(self) -> None:
        """Kill the worker, even in the middle of a question."""
        if self._worker is not None:
            self._worker.kill()
            self._worker.wait()
            for stream in (self._worker.stdin, self._worker.stdout):
                if stream is not None:
                    with suppress(OSError):  # flushing data that a dead worker never read
                        stream.close()
            self._worker = None

    def _started(self) -> subprocess.Popen[str]:
        if self._worker is None:
            if find_spec("math_verify") is None:
                raise SettingsError(
                    "checking answers that are formulas needs math-verify, which is not installed",
                    remedy="install the extra: pip install 'skillprobe[math]'",
                )
            seconds = str(math.ceil(self.table_seconds) + _SECONDS_TO_START)
            command = [sys.executable, "-m", "skillprobe_core.benchmark.judging.algebra_worker", seconds]
            self._worker = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            self._replies = queue.SimpleQueue()
            threading.Thread(target=_read, args=(self._worker, self._replies), daemon=True).start()
            try:
                self._reply(_SECONDS_TO_START)
            except (queue.Empty, OSError) as error:
                self.close()
                raise SettingsError(
                    "math-verify is installed, but its worker process does not start",
                    remedy="run `python -m skillprobe_core.benchmark.judging.algebra_worker` to see the error; for an "
                    "import error, run pip install --force-reinstall 'skillprobe[math]'",
                ) from error
        return self._worker

    def _reply(self, seconds: float) -> str:
        """The worker's next line; raises queue.Empty after `seconds`, BrokenPipeError when the worker has ended."""
        line = self._replies.get(timeout=seconds)
        if not line:
            raise BrokenPipeError("the worker has ended")
        return line


def _read(worker: subprocess.Popen[str], replies: queue.SimpleQueue[str]) -> None:
    """Pass on the worker's lines as they arrive, then an empty one."""
    assert worker.stdout is not None
    try:
        for line in worker.stdout:
            replies.put(line)
    except ValueError:  # closed during the read
        pass
    replies.put("")
