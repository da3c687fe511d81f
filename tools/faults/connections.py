"""A server of completions that drops connections."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from .children import run
from .kills import problems
from .small_run import evaluate, write_settings
from .stores import healed

if TYPE_CHECKING:
    from skillprobe_core.models.backends.transformers_backend import TransformersBackend

NEVER = 1 << 30


class Server(ThreadingHTTPServer):
    """Serves checkpoints by the transformers backend; connections are dropped from the n-th request on, for a time."""

    def __init__(self, port: int, folders: tuple[Path, ...], start: int, end: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.folders, self.start, self.end = {str(folder): folder for folder in folders}, start, end
        self.requests, self.lock, self._models = 0, Lock(), dict[str, "TransformersBackend"]()

    def drops_next(self) -> bool:
        """Count a request; True if its connection is dropped."""
        with self.lock:
            self.requests += 1
            return self.start <= self.requests < self.end

    def model(self, name: str) -> TransformersBackend:
        """The backend of a checkpoint, opened when it is needed."""
        from skillprobe_core.models.backends.transformers_backend import TransformersBackend

        if name not in self._models:
            self._models[name] = TransformersBackend.from_folder(self.folders[name], device="cpu")
        return self._models[name]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """List the checkpoints."""
        self._reply({"data": [{"id": name} for name in self.server.folders]})

    def do_POST(self) -> None:
        """Complete a prompt of token ids."""
        from skillprobe_core.models.backend import Request, SamplingSettings

        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.drops_next():
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        with self.server.lock:
            settings = SamplingSettings(temperature=body["temperature"], max_new_tokens=body["max_tokens"])
            request = Request("", 0, tuple(body["prompt"]), body.get("seed"))
            (done,) = self.server.model(body["model"]).complete([request], settings)
        choice = {"text": done.text, "finish_reason": done.finish_reason, "token_ids": done.ids}
        self._reply({"choices": [choice]})

    def _reply(self, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def dropped(work: Path) -> Iterator[tuple[str, list[str]]]:
    """Drop connections for a time, which retries outlive, or for good; then serve again, complete and compare."""
    port = _free_port()
    url, undisturbed = f"http://127.0.0.1:{port}/v1", work / "undisturbed_served"
    shutil.rmtree(undisturbed, ignore_errors=True)
    write_settings(undisturbed, "openai-server", url)
    with _served(port, work, NEVER, NEVER):
        yield "nothing dropped", [] if (ended := run(evaluate, undisturbed, work)).ok else [ended.refused + ended.fault]
    for start, end in ((1, 2), (2, 5), (3, 4), (1, NEVER), (2, NEVER), (3, NEVER), (4, NEVER)):
        home = work / "store"
        shutil.rmtree(home, ignore_errors=True)
        write_settings(home, "openai-server", url)
        with _served(port, work, start, end):
            ended = run(evaluate, home, work)
        lasting = end == NEVER
        wrong = [] if ended.ok != lasting else [f"the run ended with {ended}"]
        if ended.fault or (ended.refused and "Remedy" not in ended.refused):
            wrong.append(f"no clear error: {ended.fault or ended.refused}")
        with _served(port, work, NEVER, NEVER):
            wrong += problems(run(healed, home, work, undisturbed))
        yield f"dropped from request {start} {'on' if lasting else f'to {end - 1}'}", wrong


@contextmanager
def _served(port: int, work: Path, start: int, end: int) -> Iterator[None]:
    """A server in a process of its own."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            folders = (work / "base", work / "run" / "checkpoint-10")
            server = Server(port, folders, start, end)
            os.write(writes, b"s")
            server.serve_forever()
        finally:
            os._exit(1)
    os.close(writes)
    os.read(reads, 1)
    os.close(reads)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
