"""Requests that the web server refuses: those for other host names, and those of other web sites in the user's browser.

Dagster's API starts runs and has no login. On a loopback address only programs of this machine reach it, and a browser
is one of them: a page of any web site may send it requests, or give its own host name the address 127.0.0.1 (DNS
rebinding) and also read the answers.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_OTHER_SITES = frozenset({"cross-site", "same-site"})
_POLICY_VIOLATION = 1008


class HostGuard:
    """An ASGI application that passes on the requests that it accepts.

    Args:
        app: The application behind it.
        names: Host names that requests may name, in addition to those of this machine and to addresses. An address
            cannot be rebound.
    """

    def __init__(self, app: App, names: Collection[str] = ()) -> None:
        self._app = app
        self._named = frozenset(name.lower() for name in names)
        self._names = self._named | {"localhost", socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with status 403, or pass it on."""
        fault = self._fault(scope) if scope["type"] in ("http", "websocket") else None
        if fault is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": fault[:100]})
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": f"{fault}\n".encode()})

    def _fault(self, scope: Scope) -> str | None:
        """The reason to refuse a request; None for one that is accepted."""
        hosts, origins, sites, accepted = (_values(scope, name) for name in _HEADERS)
        if len(hosts) != 1 or not self._is_known(_host_of(f"//{hosts[0]}")):
            return "skillprobe ui: unknown host name; start it with --allow-host NAME to accept requests for it"
        if any(not self._is_own(origin, hosts[0]) for origin in origins):
            return "skillprobe ui: requests of other web sites are refused"
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if not (reads and _values(scope, b"sec-fetch-mode") == ["navigate"]) and not _OTHER_SITES.isdisjoint(sites):
            return "skillprobe ui: requests of other web sites are refused"
        has_query = "query" in parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if reads and has_query and not any("text/html" in each for each in accepted):
            return "skillprobe ui: send GraphQL by POST"  # an image of another site could start runs by GET
        return None

    def _is_known(self, host: str | None) -> bool:
        if host is None:
            return False
        try:
            ip_address(host)
        except ValueError:
            return host.rstrip(".") in self._names
        return True

    def _is_own(self, origin: str, host: str) -> bool:
        name = _host_of(origin)
        return name is not None and (urlsplit(origin).netloc.lower() == host.lower() or name in self._named)


_HEADERS = (b"host", b"origin", b"sec-fetch-site", b"accept")


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
