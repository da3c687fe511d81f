"""Digests whose computation goes on between two looks, so that a look ends in time whatever the checkpoint's size."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from threading import Lock, Thread

from skillprobe_core.runs.content_files import Stamp, stamps
from skillprobe_core.runs.model_files import ModelFiles

from .watching import StillReading


class DigestsBetweenLooks:
    """Reads one checkpoint at a time in a thread; it ends with its process, and what it has read is recorded.

    Args:
        seconds: The longest time that a look waits for one checkpoint.
    """

    def __init__(self, seconds: float = 10.0) -> None:
        self.seconds = seconds
        self._lock = Lock()
        self._reading: tuple[tuple[ModelFiles, tuple[Stamp, ...]], Future[str]] | None = None

    def digest(self, read: Callable[[ModelFiles], str], files: ModelFiles) -> str:
        """The digest of a checkpoint.

        Args:
            read: Reads the checkpoint and returns its digest.
            files: The checkpoint.

        Returns:
            What `read` returned for these files as they are now, in this look or since an earlier one.

        Raises:
            StillReading: It has not ended yet, or another checkpoint is being read.
        """
        wanted = (files, stamps(files))
        with self._lock:
            if self._reading is None or (self._reading[0] != wanted and self._reading[1].done()):
                self._reading = (wanted, _started(read, files))
            what, future = self._reading
        if what != wanted:
            raise StillReading
        try:
            found = future.result(self.seconds)
        except TimeoutError:
            if not future.done():
                raise StillReading from None
            self._forget(future)
            raise
        except (Exception, CancelledError):
            self._forget(future)
            raise
        self._forget(future)
        return found

    def _forget(self, future: Future[str]) -> None:
        with self._lock:
            if self._reading is not None and self._reading[1] is future:
                self._reading = None


def _started(read: Callable[[ModelFiles], str], files: ModelFiles) -> Future[str]:
    future: Future[str] = Future()

    def run() -> None:
        try:
            future.set_result(read(files))
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, name="digest", daemon=True).start()
    return future
