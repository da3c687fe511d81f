"""A server on this machine that speaks as much of the Hub's protocol as huggingface_hub needs for downloads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

REPOSITORY = "org/name"


@dataclass
class Hub:
    """A repository with revisions, each a folder of files.

    stalls: the name of a file of which only half is sent, until `resume` is set; `halfway` is set then.
    """

    revisions: dict[str, Path]
    stalls: str = ""
    halfway: Event = field(default_factory=Event)
    resume: Event = field(default_factory=Event)
    endpoint: str = ""

    def commit(self, revision: str) -> str:
        """The commit of a branch or tag, which follows from its files."""
        folder = self.revisions[revision]
        text = "".join(f"{path.name} {_sha256(path)}\n" for path in sorted(folder.iterdir()))
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def folder(self, commit: str) -> Path | None:
        """The files of a commit, which may also be named by a revision."""
        return next((path for name, path in self.revisions.items() if commit in (name, self.commit(name))), None)


@contextmanager
def served(revisions: dict[str, Path]) -> Iterator[Hub]:
    """Serve the revisions of a repository for as long as the block lasts."""
    hub = Hub(revisions)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        hub.resume.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _git_digest(path: Path) -> str:
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _is_large(path: Path) -> bool:
    return path.suffix in (".safetensors", ".bin")


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        """Answer with the headers of a file."""
        self._file(body=False)

    def do_GET(self) -> None:
        """Answer with what is known of a revision, its files, or a file."""
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts[:4] == ["api", "models", *REPOSITORY.split("/")]:
            self._api(parts[4], "/".join(parts[5:]))
        else:
            self._file(body=True)

    def _api(self, what: str, revision: str) -> None:
        folder = self.hub.folder(revision)
        if folder is None:
            self._answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            return
        entries = [self._entry(path) for path in sorted(folder.iterdir())]
        commit = next(name for name in map(self.hub.commit, self.hub.revisions) if self.hub.folder(name) == folder)
        files = [{"rfilename": entry["path"]} for entry in entries]
        answer = entries if what == "tree" else {"id": REPOSITORY, "sha": commit, "siblings": files}
        self._answer(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    @staticmethod
    def _entry(path: Path) -> dict[str, object]:
        entry: dict[str, object] = {"type": "file", "path": path.name, "size": path.stat().st_size,
                                    "oid": _git_digest(path)}  # fmt: skip
        if _is_large(path):
            entry["lfs"] = {"oid": _sha256(path), "size": path.stat().st_size, "pointerSize": 134}
        return entry

    def _file(self, *, body: bool) -> None:
        commit, _, name = self.path.removeprefix(f"/{REPOSITORY}/resolve/").partition("/")
        folder = self.hub.folder(commit)
        if folder is None or not (folder / name).is_file():
            self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        path = folder / name
        large = {"X-Linked-Etag": f'"{_sha256(path)}"', "X-Linked-Size": str(path.stat().st_size)}
        headers = {"X-Repo-Commit": commit, "ETag": f'"{_git_digest(path)}"'} | (large if _is_large(path) else {})
        self._answer(200, path.read_bytes(), headers, body=body, stalls=body and name == self.hub.stalls)

    def _answer(
        self, status: int, content: bytes, headers: dict[str, str], *, body: bool = True, stalls: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        half = len(content) // 2
        if body:
            self.wfile.write(content[:half])
        if stalls:
            self.wfile.flush()
            self.hub.halfway.set()
            self.hub.resume.wait()
        if body:
            self.wfile.write(content[half:])

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""
