"""Dagster's real web server, on a free port, with requests as browsers and as attackers send them."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from skillprobe_dagster.guarded_webserver import ALLOWED_HOSTS

VERSION = json.dumps({"query": "{ version }"})


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    home = tmp_path_factory.mktemp("dagster")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    command = [sys.executable, "-m", "skillprobe_dagster.guarded_webserver", "--empty-workspace", "-p", str(number)]
    env = {**os.environ, "DAGSTER_HOME": str(home), ALLOWED_HOSTS: "models.example"}
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=home, env=env, stdout=log, stderr=subprocess.STDOUT)
    try:
        while not _listens(number):
            assert server.poll() is None, (home / "log").read_text()
            time.sleep(0.1)
        yield number
    finally:
        server.kill()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answer(port: int, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest(method, path, skip_host=True)
    given = {"Host": f"127.0.0.1:{port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    for name, value in {**given, **({} if body is None else {"Content-Length": str(len(body))})}.items():
        connection.putheader(name, value)
    connection.endheaders(None if body is None else body.encode())
    response = connection.getresponse()
    return response.status, response.read().decode()


def test_the_api_answers_this_machine_and_named_hosts_only(port: int) -> None:
    for host, expected in (
        (f"127.0.0.1:{port}", 200),
        (f"localhost:{port}", 200),
        ("models.example", 200),
        (f"rebound.example:{port}", 403),
    ):
        status, text = answer(port, "POST", "/graphql", VERSION, Host=host, Content_Type="application/json")
        assert (host, status) == (host, expected)
        assert ("version" in text) == (expected == 200)


def test_a_page_of_another_site_reaches_nothing(port: int) -> None:
    query = "/graphql?query=%7Bversion%7D"
    assert answer(port, "POST", query, "", Origin="https://other.example", Content_Type="text/plain")[0] == 403
    assert answer(port, "GET", query)[0] == 403
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    upgrade |= {"Sec_WebSocket_Version": "13", "Sec_WebSocket_Protocol": "graphql-ws"}
    assert answer(port, "GET", "/graphql", **upgrade, Origin="https://other.example")[0] == 403
    own = answer(port, "POST", "/graphql", VERSION, Origin=f"http://127.0.0.1:{port}", Content_Type="application/json")
    assert own[0] == 200
