"""Calls of a real HTTP server on loopback: which faults are outlived, and what a message shows."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from skillprobe_core.errors import SettingsError
from skillprobe_core.models import server_calls
from skillprobe_core.models.server_calls import ServerCalls

Answer = tuple[int, bytes]
Started = Callable[[list[Answer]], str]


@pytest.fixture
def answering() -> Iterator[Started]:
    """answering(answers): the address of a server that gives these answers one after the other."""
    servers: list[tuple[ThreadingHTTPServer, Thread]] = []

    def start(answers: list[Answer]) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments: object) -> None:
                pass

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                status, data = answers.pop(0)
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/v1"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_calls.time, "sleep", lambda seconds: None)


def test_passing_faults_and_broken_answers_are_outlived(answering: Started) -> None:
    answers = [(503, b""), (200, b"{"), (429, b"later"), (200, json.dumps({"ids": [1, 2]}).encode())]
    assert ServerCalls(answering(answers)).call("POST", "/completions", {}) == {"ids": [1, 2]}
    assert not answers


@pytest.mark.parametrize(("status", "asked"), [(400, 1), (404, 1), (500, 5)])
def test_a_fault_that_stays_is_shown_with_the_remedy_of_the_call(answering: Started, status: int, asked: int) -> None:
    answers = [(status, b"no such thing")] * 9
    with pytest.raises(SettingsError, match=rf"/v1/rpc failed: status {status}: no such thing") as caught:
        ServerCalls(answering(answers)).call("POST", "/rpc", {}, remedy="start it otherwise")
    assert caught.value.remedy == "start it otherwise"
    assert len(answers) == 9 - asked


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_not_shown(answering: Started, status: int) -> None:
    answers = [(status, b"the key sk-secret is not valid")]
    with pytest.raises(SettingsError, match=r"the key \(the API key\) is not valid") as caught:
        ServerCalls(answering(answers), api_key="sk-secret").call("POST", "/x", {}, remedy="start it")
    assert "api_key_variable" in caught.value.remedy


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000/v1", "ftp://somewhere/v1", "http:///v1", "http://a:b/v1", "http://[::1/v1"]
)
def test_an_address_is_checked_before_anything_is_sent(url: str) -> None:
    with pytest.raises(SettingsError, match="not the address of a server"):
        ServerCalls(url)
