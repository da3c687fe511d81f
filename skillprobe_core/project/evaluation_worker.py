"""A process that evaluates checkpoints, one after the other, for `skillprobe watch` on several devices.

Run as `python -m skillprobe_core.project.evaluation_worker FD`, where FD is its end of a connection. The first message
holds the settings and the store. Each further message names a checkpoint, and the answer is its evaluation. The process
ends with the connection.
"""

from __future__ import annotations

import io
import os
import pickle
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.table import Table
from skillprobe_core.errors import one_line
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.plugins import load_plugins

if TYPE_CHECKING:
    from .project import Project


def packed(value: object) -> bytes:
    """A value as bytes for another process of skillprobe; tables are named, since they hold functions."""
    buffer = io.BytesIO()
    _Packer(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


def unpacked(data: bytes) -> Any:  # noqa: ANN401
    """The value of `packed`; its tables are those of this process."""
    return _Unpacker(io.BytesIO(data)).load()


class _Packer(pickle.Pickler):
    def persistent_id(self, value: object) -> str | None:
        return value.name if isinstance(value, Table) else None


class _Unpacker(pickle.Unpickler):
    def persistent_load(self, name: str) -> Table:
        return table_named(name)


def portable(error: Exception | None) -> Exception | None:
    """An error that `packed` can take: itself, or its text where its class holds what another process cannot have."""
    if error is None:
        return None
    try:
        unpacked(packed(error))
    except Exception:
        return RuntimeError(one_line(error))
    return error


def opening(project: Project) -> bytes:
    """The first message: what a worker needs for the project's checkpoints."""
    return packed((project.settings.plugins, str(project.store.root), packed(project.settings)))


def serve(connection: Connection) -> None:
    """Evaluate checkpoints until the connection ends, which ends the process."""
    from dataclasses import replace

    from .project import Project
    from .watch_runs import evaluate

    plugins, root, settings = unpacked(connection.recv_bytes())
    load_plugins(plugins)  # before the settings are read, which may hold objects of theirs
    project = Project(unpacked(settings), Store(Path(root)))
    waiting: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_receive, args=[connection, waiting], daemon=True).start()
    while True:
        key, options = unpacked(waiting.get())
        done = evaluate(project, key, **options)
        if project.devices is not None:
            project.devices.give_up()
        connection.send_bytes(packed(replace(done, error=portable(done.error))))


def _receive(connection: Connection, waiting: SimpleQueue[bytes]) -> None:
    """Pass requests on; the process ends with the one that started it, whatever it is doing."""
    with suppress(EOFError, OSError):
        while True:
            waiting.put(connection.recv_bytes())
    os._exit(1)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
