"""Leases of devices between processes of a machine: one computation per device at a time, first come first served.

A folder holds them. A device that is leased has a locked file. A request that waits has a ticket, a locked file whose
name holds its place in the queue and the number of devices. The kernel releases both when their process ends, however
it ends. A request gets all its devices at once or none, and nobody waits while holding some, so no two requests can
wait for each other.

Between two computations a process keeps its devices, with the model that it has loaded there, until another process
waits for them: a model that serves several stages is loaded once. Such devices count as free: they have no holder, and
their process gives them up as soon as a request needs them, whatever it does at that time.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from .file_locks import is_free, locked

LOG = "leases.jsonl"
"""Name of the log in the folder of the leases."""
_LOOK_SECONDS = 0.1
_LONGEST_LOG = 8 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Lease:
    """One line of the log: devices that a process took for a computation, or gave back.

    event: `taken` or `given_back`. at: seconds of the epoch. work: the computation, in words of the caller. devices:
    their identities on the machine.
    """

    event: str
    at: float
    pid: int
    work: str
    devices: tuple[str, ...]


class DeviceLeases:
    """The leases of one process, which computes one thing at a time on its devices."""

    def __init__(self, folder: Path, devices: Mapping[str, str], *, vacate: Callable[[], None]) -> None:
        """Prepare leases; nothing is taken yet.

        Args:
            folder: An existing folder, the same for all processes that share the devices.
            devices: The identity of each device on the machine by its name in this process, where it may differ. An
                identity is also the name of a file.
            vacate: Frees what this process keeps on its devices. It is called before another process gets them, from
                another thread of this process.
        """
        self._folder, self._devices, self._vacate = folder, dict(devices), vacate
        self._turn = threading.RLock()  # one computation at a time
        self._state = threading.RLock()
        self._locks = ExitStack()
        self._kept: tuple[str, ...] = ()
        self._in_use: tuple[str, ...] = ()
        self._watcher: threading.Thread | None = None
        self._queue = _Queue(folder / "queue")

    @property
    def in_use(self) -> tuple[str, ...]:
        """The devices that this process computes on now."""
        return self._in_use

    @contextmanager
    def lease(
        self, count: int, work: str, *, waiting: Callable[[Sequence[str]], None] = lambda _: None
    ) -> Iterator[tuple[str, ...]]:
        """Hold so many devices while the block computes on them; waits in the queue until they are free.

        In a block that holds devices another lease gives the same ones.

        Args:
            count: Number of devices, at most as many as there are.
            work: The computation, in a few words.
            waiting: Called once if the request has to wait, with the computations that hold the devices.

        Yields:
            Names of the devices.

        Raises:
            ValueError: There are not so many devices.
            OSError: The folder cannot be written.
        """
        if count > len(self._devices):
            raise ValueError(f"{count} devices are wanted, and there are {len(self._devices)}")
        with self._turn:
            if self._in_use:
                yield self._in_use
                return
            try:
                yield self._again(count, work) or self._queued(count, work, waiting)
            finally:  # also after an interrupt while they were being taken
                if self._in_use:
                    self._given_back(work, self._in_use)

    def waited_for(self) -> bool:
        """Report if other requests wait for more devices than are free."""
        with self._state, self._queue:
            return self._others_need_more()

    def give_up(self) -> None:
        """Give up devices that are kept and not in use, with what is loaded there."""
        with self._state:
            if self._kept and not self._in_use:
                self._vacate()
                self._locks.close()
                self._kept = ()

    def _given_back(self, work: str, names: tuple[str, ...]) -> None:
        """End a computation; its devices are kept until somebody waits for them."""
        with self._state, self._queue:
            self._in_use = ()
            self._note("given_back", work, names)
            self._write(names, "")
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="device-leases", daemon=True)
                self._watcher.start()

    def _again(self, count: int, work: str) -> tuple[str, ...]:
        """The devices that were kept since the last computation, unless others need them or more are wanted."""
        with self._state, self._queue:
            if len(self._kept) != count or self._others_need_more():
                return ()
            return self._begun(self._kept, work)

    def _queued(self, count: int, work: str, waiting: Callable[[Sequence[str]], None]) -> tuple[str, ...]:
        self.give_up()
        with ExitStack() as held:
            with self._queue:
                last = max((_place(each)[0] for each in self._tickets()), default=0)
                ticket = self._folder / f"{last + 1:09}-{count}.ticket"
                held.enter_context(locked(ticket))
            shown = False
            while not (names := self._first_in_queue(ticket, count, work)):
                if not shown:
                    waiting(self.holders())
                    shown = True
                time.sleep(_LOOK_SECONDS)
        return names

    def _first_in_queue(self, ticket: Path, count: int, work: str) -> tuple[str, ...]:
        """The devices for a request, all at once; empty if others come first or not enough are free."""
        with self._state, self._queue, ExitStack() as taken:
            if next(iter(self._tickets()), ticket) != ticket:
                return ()
            names: list[str] = []
            for name in self._devices:
                if len(names) < count:
                    with suppress(BlockingIOError):
                        taken.enter_context(locked(self._file(name), wait=False))
                        names.append(name)
            if len(names) < count:
                return ()
            self._locks = taken.pop_all()
            return self._begun(tuple(names), work)

    def _begun(self, names: tuple[str, ...], work: str) -> tuple[str, ...]:
        self._kept = self._in_use = names
        self._write(names, work)
        self._note("taken", work, names)
        return names

    def _watch(self) -> None:
        """Give up the devices that are kept when others need them; ends when none is kept."""
        while True:
            time.sleep(_LOOK_SECONDS)
            with self._state:
                if self._kept and not self._in_use:
                    with suppress(OSError), self._queue:
                        if self._others_need_more():
                            self.give_up()
                if not self._kept:
                    self._watcher = None
                    return

    def _others_need_more(self) -> bool:
        """Report if the requests that wait need more devices than those that nobody has."""
        wanted = sum(_place(each)[1] for each in self._tickets())
        return wanted > sum(is_free(self._file(name)) for name in self._devices)

    def holders(self) -> list[str]:
        """The computations on the devices now, one line per device that is in use."""
        lines = []
        with self._queue:
            for name in self._devices:
                with suppress(OSError, ValueError):  # none, or one that a killed process was about to write
                    found = json.loads(self._file(name).read_text(encoding="utf-8"))
                    if found["work"] and not is_free(self._file(name)):
                        lines.append(f"{self._devices[name]}: {found['work']} (process {found['pid']})")
        return lines

    def _tickets(self) -> list[Path]:
        """The tickets that processes hold, first come first; removes those of processes that ended."""
        found = []
        for each in sorted(self._folder.glob("*.ticket")):
            if is_free(each):
                each.unlink(missing_ok=True)
            else:
                found.append(each)
        return found

    def _write(self, names: Sequence[str], work: str) -> None:
        text = json.dumps({"pid": os.getpid(), "work": work, "since": time.time()})
        with suppress(OSError):  # it is only shown
            for name in names:
                self._file(name).write_text(text, encoding="utf-8")

    def _note(self, event: str, work: str, names: tuple[str, ...]) -> None:
        """Add a line to the log, in one write, and begin a new log when it has become long."""
        devices = tuple(self._devices[name] for name in names)
        line = json.dumps(asdict(Lease(event, time.time(), os.getpid(), work, devices)))
        log = self._folder / LOG
        with suppress(OSError), log.open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(f"{line}\n")
            file.flush()
            if file.tell() > _LONGEST_LOG:
                log.replace(log.with_suffix(".earlier.jsonl"))

    def _file(self, name: str) -> Path:
        return self._folder / f"{self._devices[name]}.lock"


def _place(ticket: Path) -> tuple[int, int]:
    """The place of a ticket in the queue, and the number of devices that it is for."""
    place, count = ticket.stem.split("-")
    return int(place), int(count)


class _Queue:
    """A short lock around every change of tickets and devices; its file stays. It may be entered again."""

    def __init__(self, file: Path) -> None:
        self._file, self._descriptor, self._depth = file, -1, 0
        self._own = threading.RLock()

    def __enter__(self) -> None:
        self._own.acquire()
        if self._depth == 0:
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o666)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            os.close(self._descriptor)
        self._own.release()


def leases_in(folder: Path) -> list[Lease]:
    """The log of a folder of leases, oldest first; empty if there is none."""
    found: list[Lease] = []
    for name in (Path(LOG).with_suffix(".earlier.jsonl").name, LOG):
        with suppress(FileNotFoundError):
            for line in (folder / name).read_text(encoding="utf-8").splitlines():
                fields: Mapping[str, object] = json.loads(line)
                found.append(Lease(**{**fields, "devices": tuple(fields["devices"])}))  # type: ignore[arg-type]
    return found
