"""Ctrl-C ends a program with one line and status 130, wherever it was: in an import, a thread pool or a sleep."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from skillprobe_core.terminal import say

STATUS = 130
_PATIENCE_SECONDS = 30.0
_STUCK_SECONDS = 2.0


@contextmanager
def one_line_at_interrupt(kept: Callable[[], str]) -> Iterator[None]:
    """Run the block; when SIGINT ends it, print `interrupted: ` with what is kept, and exit with status 130.

    A first SIGINT is raised as KeyboardInterrupt, so that files and child processes are cleaned up; a second one ends
    the process at once, and so does the first one while the main thread is in native code (a query, a decomposition)
    that does not return to Python soon. Where SIGINT is ignored, as in a shell's background jobs, it stays so.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    received, hook = _Received(kept), sys.unraisablehook
    signal.signal(signal.SIGINT, received.handle)
    sys.unraisablehook = received.hook(hook)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    usual = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=received.end_if_stuck, args=[reading], daemon=True).start()
    try:
        yield
    except BaseException as error:  # an interrupt, or whatever a library made of it
        if received.count:
            received.finish(error)
        raise
    else:
        if received.count:
            received.finish(None)
    finally:
        signal.set_wakeup_fd(usual)
        os.close(writing)
        if not received.count:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            sys.unraisablehook = hook


def run_child(command: Sequence[str]) -> int:
    """Run a program until it ends and return its status; whatever ends this process also ends the program.

    Ctrl-C does not reach it: it gets SIGTERM, and killed with its own children when it does not.
    """
    before = {number: signal.signal(number, _exit) for number in (signal.SIGTERM, signal.SIGHUP)}
    child = subprocess.Popen(command, start_new_session=True)
    try:
        return child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit(signum: int, frame: FrameType | None) -> None:
    sys.exit(128 + signum)


class _Received:
    """The interrupts of one block."""

    def __init__(self, kept: Callable[[], str]) -> None:
        self.count = 0
        self._kept = kept
        self._handled = threading.Event()

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """Raise at the first SIGINT, end the process at the second."""
        self.count += 1
        self._handled.set()
        if self.count > 1:
            os._exit(STATUS)
        raise KeyboardInterrupt

    def hook(self, usual: Callable[[sys.UnraisableHookArgs], object]) -> Callable[[sys.UnraisableHookArgs], None]:
        """A hook for exceptions that Python cannot raise, as in a destructor: an interrupt is raised a little later."""

        def unraisable(args: sys.UnraisableHookArgs) -> None:
            if args.exc_type is not KeyboardInterrupt:
                usual(args)
                return
            try:
                self._interrupt_later()
            except KeyboardInterrupt:  # the next signal came here, where nothing can be raised either
                self._interrupt_later()

        return unraisable

    def _interrupt_later(self) -> None:
        self.count = 0
        self._handled.clear()
        # A real signal to the main thread: it also ends a system call that waits, such as a sleep.
        again = (threading.main_thread().ident, signal.SIGINT)
        threading.Timer(0.01, signal.pthread_kill, again).start()

    def end_if_stuck(self, wakeups: int) -> None:
        """End the process when Python does not come to handle a signal; `wakeups` is a pipe with their numbers."""
        with open(wakeups, "rb", buffering=0) as pipe:
            while number := pipe.read(1):
                if number[0] == signal.SIGINT and not self._handled.wait(_STUCK_SECONDS):
                    self._print()
                    os._exit(STATUS)

    def finish(self, error: BaseException | None) -> None:
        """Print the line and exit. A second interrupt, while threads come to an end, is silent."""
        self._print()
        raise SystemExit(STATUS) from error

    def _print(self) -> None:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            gap = "\n" if sys.stderr.isatty() else ""
            say(f"{gap}interrupted: {self._kept()}", err=True)
