"""Evaluations of several checkpoints at the same time, each in a process of its own (see `evaluation_worker`)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock, Thread
from typing import IO, TYPE_CHECKING, Any

from skillprobe_core.errors import CheckpointError
from skillprobe_core.terminal import say

from .evaluation_worker import opening, packed, unpacked
from .failed_attempts import KILLED

if TYPE_CHECKING:
    from .project import Project
    from .watch_runs import Evaluation
    from .watching import Request

_LAST_WORDS_SECONDS = 5.0


class _EndedError(Exception):
    """The workers were ended while they evaluated."""


class EvaluationWorkers:
    """Workers that evaluate one checkpoint each; a worker that is killed fails its checkpoint alone."""

    def __init__(self, project: Project, count: int) -> None:
        self.count = count
        self._project = project
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._workers = [_Worker(opening(project)) for _ in range(count)]
        for each in self._workers:
            self._idle.put(each)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="evaluation")
        self._running: set[Future[tuple[Request, Evaluation]]] = set()

    @property
    def running(self) -> int:
        """Number of checkpoints that are being evaluated."""
        return len(self._running)

    def begin(self, evaluated: Callable[[Callable[..., Evaluation]], tuple[Request, Evaluation]]) -> None:
        """Begin an evaluation in a thread: `evaluated` gets the function that has it done in a worker."""
        self._running.add(self._threads.submit(evaluated, self._evaluate))

    def ended(self, seconds: float) -> Iterator[tuple[Request, Evaluation]]:
        """The requests whose evaluations have ended; waits for the first of them, at most so many seconds."""
        done, self._running = wait(self._running, seconds, FIRST_COMPLETED)
        for each in done:
            yield each.result()

    def end(self) -> None:
        """End all workers, whatever they are doing."""
        for each in self._workers:
            each.end()
        self._threads.shutdown(cancel_futures=True)

    def _evaluate(self, key: str, **options: Any) -> Evaluation:  # noqa: ANN401
        worker = self._idle.get()
        try:
            return worker.evaluate(key, options)
        finally:
            self._idle.put(worker)


@contextmanager
def evaluation_workers(project: Project, count: int) -> Iterator[EvaluationWorkers]:
    """Have checkpoints evaluated by so many processes, which end with the block, however it ends."""
    workers = EvaluationWorkers(project, count)
    try:
        yield workers
    finally:
        workers.end()


class _Worker:
    """A process that is started for its first checkpoint, and again for the one after it was killed."""

    def __init__(self, first: bytes) -> None:
        self._first = first
        self._process: subprocess.Popen[str] | None = None
        self._connection: Connection | None = None
        self._state = Lock()
        self._ended = False

    def evaluate(self, key: str, options: dict[str, Any]) -> Evaluation:
        """The evaluation of a checkpoint; its error says so if the process was killed."""
        from .watch_runs import Evaluation

        started = time.monotonic()
        connection, new = self._connected()
        try:
            if new:
                connection.send_bytes(self._first)
            connection.send_bytes(packed((key, options)))
            found: Evaluation = unpacked(connection.recv_bytes())
        except (EOFError, OSError) as error:
            if self._ended:
                raise _EndedError from error
            return Evaluation(
                key, (), time.monotonic() - started, error=self._lost(key), late=options.get("late", False)
            )
        return found

    def end(self) -> None:
        """Kill the process and those that it started."""
        with self._state:
            self._ended = True
            if self._process is not None and self._process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def _connected(self) -> tuple[Connection, bool]:
        """The connection to the process, and True if it was started now."""
        with self._state:
            if self._ended:
                raise _EndedError
            new = self._connection is None
            if self._connection is None:
                own, other = Pipe()
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "skillprobe_core.project.evaluation_worker", str(other.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    pass_fds=[other.fileno()],
                    env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                    start_new_session=True,  # Ctrl-C is for the process that ends them all
                    text=True,
                    errors="backslashreplace",
                )
                other.close()
                Thread(target=_relay, args=[self._process.stderr], daemon=True).start()
                self._connection = own
            return self._connection, new

    def _lost(self, key: str) -> CheckpointError:
        """The error for a checkpoint whose worker ended; the next one gets another."""
        with self._state:
            assert self._process is not None
            assert self._connection is not None
            self._connection.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_LAST_WORDS_SECONDS)
            self._process.kill()
            status = self._process.wait()
            self._process = self._connection = None
        cause = KILLED if status < 0 else f"the process that evaluated it ended with status {status}"
        return CheckpointError(cause, remedy=f"evaluate it alone to see why: skillprobe probe {key}")


def _relay(lines: IO[str] | None) -> None:
    """Show what a worker reports, a line at a time: bars of several processes would overwrite each other."""
    assert lines is not None
    for line in lines:
        say(line.removesuffix("\n"), err=True)
