"""The guard passes on what a user's own browser and programs send, and nothing that another web site can send."""

from __future__ import annotations

import asyncio
import socket

import pytest

from skillprobe_dagster.host_guard import HostGuard

JSON = ("POST", {"content-type": "application/json"})


def status(method="GET", headers=None, *, query="", host="127.0.0.1:3000", names=(), kind="http"):
    """The status of a request's answer; 101 for a web socket that is opened, None for one that is closed."""
    sent = []

    async def app(scope, receive, send):
        if kind == "websocket":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    given = {**({} if host is None else {"host": host}), **(headers or {})}
    scope = {
        "type": kind, "path": "/graphql", "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
    }  # fmt: skip
    if kind == "http":
        scope["method"] = method
    asyncio.run(HostGuard(app, names)(scope, None, send))
    if kind == "websocket":
        return 101 if sent[0]["type"] == "websocket.accept" else None
    return sent[0]["status"]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:3000",
        "localhost:3000",
        "LOCALHOST",
        "[::1]:3000",
        "192.168.1.7:80",
        "localhost.",
        socket.gethostname(),
    ],
)
def test_addresses_and_names_of_this_machine_are_served(host):
    assert status(host=host) == 200
    assert status(*JSON, host=host) == 200


@pytest.mark.parametrize(
    "host",
    ["rebound.example", "rebound.example:3000", "localhost.rebound.example", "127.0.0.1.rebound.example", "", None,
     "localhost@rebound.example", "127.1.example", "[::1", "xlocalhost"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_other_names_are_refused(host, kind):
    assert status(*JSON, host=host, kind=kind) == (403 if kind == "http" else None)


def test_two_host_headers_are_refused():
    assert status(headers={"Host": "rebound.example"}) == 403


def test_a_named_host_is_served_also_behind_a_proxy_that_changes_the_host():
    names = ("models.example",)
    assert status(host="Models.example", names=names) == 200
    proxied = {"origin": "https://models.example", "sec-fetch-site": "same-origin"}
    assert status("POST", proxied, host="127.0.0.1:3000", names=names) == 200
    assert status("POST", proxied, host="127.0.0.1:3000") == 403


@pytest.mark.parametrize(
    "origin",
    ["https://other.example", "null", "http://localhost:8888", "http://127.0.0.1:3000.other.example", "http://[", ""],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_requests_of_other_sites_are_refused(origin, kind):
    assert status("POST", {"origin": origin}, kind=kind) == (403 if kind == "http" else None)


def test_the_ui_itself_may_send_everything():
    own = {"origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
    assert status("POST", own) == 200
    assert status(headers=own, kind="websocket") == 101
    assert status(headers={"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}) == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_from_another_site_opens_a_page_and_an_image_gets_nothing(site):
    assert status(headers={"sec-fetch-site": site, "sec-fetch-mode": "navigate", "accept": "text/html"}) == 200
    assert status(headers={"sec-fetch-site": site, "sec-fetch-mode": "no-cors"}) == 403
    assert status("POST", {"sec-fetch-site": site, "sec-fetch-mode": "navigate"}) == 403


def test_a_query_in_the_address_is_not_run():
    """An image of another site sends no Origin, and browsers leave `Sec-Fetch-Site` out for plain HTTP."""
    assert status(query="query=mutation%7B%7D") == 403
    assert status(query="query=mutation%7B%7D", headers={"accept": "image/avif,*/*"}) == 403
    assert status(query="%71uery=mutation%7B%7D") == 403
    assert status(query="view=all&subquery=x") == 200


def test_other_kinds_of_events_pass():
    passed = []

    async def app(scope, receive, send):
        passed.append(scope["type"])

    asyncio.run(HostGuard(app)({"type": "lifespan"}, None, None))
    assert passed == ["lifespan"]
