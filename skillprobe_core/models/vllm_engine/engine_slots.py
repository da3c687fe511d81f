"""Engines that run on this machine: where their sockets lie, who uses them, and how one is started.

A slot is a lock, a socket and a log in a folder of the user. Who holds the lock may use the slot's engine, and starts
one if there is none. The first free slot is taken, so processes one after the other share an engine, and processes at
the same time have one each. Where checkpoints share several devices, each device has slots of its own.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from itertools import count
from pathlib import Path

from skillprobe_core.errors import SettingsError
from skillprobe_core.machine.file_locks import locked

from .engine_messages import Channel
from .engine_spec import EngineSpec

_LONGEST_PATH = 100  # of a local socket's address, in bytes
# The process detaches itself before it imports anything, so that it outlives the one that started it.
_PROGRAM = f"import os; os.fork() and os._exit(0); os.setsid(); from {__package__}.engine_process import main; main()"
_END_SECONDS = 60.0


class Slot:
    """A place for one engine, held until `release`."""

    def __init__(self, folder: Path, name: str, lock: ExitStack) -> None:
        self._lock = lock
        self._address = folder / f"{name}.sock"
        self.log = folder / f"{name}.log"

    def connect(self) -> Channel | None:
        """A connection to the slot's engine; None if none runs."""
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(self._address))
        except OSError:
            connection.close()
            return None
        return Channel(connection)

    def start(self, spec: EngineSpec, idle_seconds: float) -> Channel:
        """Start an engine in a process of its own and connect to it; the earlier one must have ended."""
        self._address.unlink(missing_ok=True)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, map(str, _import_path())))}
        if spec.visible:
            environment["CUDA_VISIBLE_DEVICES"] = spec.visible
        with socket.socket(socket.AF_UNIX) as listener, self.log.open("ab") as log:
            listener.bind(str(self._address))
            listener.listen()
            number = listener.fileno()
            subprocess.run(
                [sys.executable, "-P", "-c", _PROGRAM, str(number), json.dumps(spec.as_fields()), str(idle_seconds)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[number],
                env=environment,
                check=True,
            )
        found = self.connect()
        if found is None:
            raise SettingsError("the vLLM engine ended at once", remedy=f"its log shows the cause: {self.log}")
        return found

    def end(self, engine: Channel, pid: int | None) -> None:
        """End the slot's engine and wait until its process has ended, which frees the memory of the GPU.

        Args:
            engine: The connection.
            pid: The engine's process, if it has said so. It is killed if it does not end by itself.
        """
        process = _process(pid)
        try:
            engine.limit(_END_SECONDS)
            engine.send({"end": True})
            while engine.receive() is not None:
                pass
        except OSError:
            pass
        engine.close()
        if process is not None:
            if not select.select([process], [], [], _END_SECONDS)[0]:
                signal.pidfd_send_signal(process, signal.SIGKILL)
                select.select([process], [], [], _END_SECONDS)
            os.close(process)

    def release(self) -> None:
        """Let other processes use the slot."""
        self._lock.close()


def free_slot(devices: str = "") -> Slot:
    """The first slot that no other user holds.

    Args:
        devices: Devices of the engine, as in CUDA_VISIBLE_DEVICES: each set of them has slots of its own, so that an
            engine serves the next checkpoint on its device.
    """
    folder = engine_folder()
    of = f"{sha256(devices.encode()).hexdigest()[:6]}-" if devices else ""
    return next(slot for number in count() if (slot := _held(folder, f"engine-{of}{number}")) is not None)


def end_engines() -> None:
    """End all engines of this user that nobody uses."""
    folder = engine_folder()
    for address in folder.glob("engine-*.sock"):
        slot = _held(folder, address.stem)
        if slot is None:
            continue
        engine = slot.connect()
        if engine is not None:
            ready = engine.receive()
            slot.end(engine, None if ready is None else ready["ready"]["pid"])
        slot.release()


def _held(folder: Path, name: str) -> Slot | None:
    """A slot; None if another user holds it."""
    lock = ExitStack()
    try:
        lock.enter_context(locked(folder / f"{name}.lock", wait=False))
    except BlockingIOError:
        return None
    return Slot(folder, name, lock)


def engine_folder() -> Path:
    """The folder of the slots, which only this user can enter.

    Raises:
        SettingsError: Another user made a folder of that name.
    """
    name = f"skillprobe-{os.getuid()}"
    folder = Path(tempfile.gettempdir()) / name
    if len(str(folder).encode()) + len("/engine-000000-000.sock") > _LONGEST_PATH:
        folder = Path("/tmp") / name
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise SettingsError(
            f"{folder} is not a folder that only this user can enter",
            remedy="remove it, or set TMPDIR to a folder of your own",
            path=folder,
        )
    return folder


def _process(pid: int | None) -> int | None:
    """A handle of a process; None if it has ended, or where the system has no handles."""
    try:
        return None if pid is None else os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _import_path() -> Iterator[Path | str]:
    """Where the engine's process finds this package, also where it is not installed."""
    yield Path(__file__).parents[3]
    yield os.environ.get("PYTHONPATH", "")
