"""Requests in JSON to a server, repeated where a fault may pass."""

from __future__ import annotations

import http.client
import json
import time
from threading import local
from typing import Any
from urllib.parse import urlsplit

from skillprobe_core.errors import SettingsError

_RETRIES = 4
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOT_ALLOWED = ("status 401", "status 403")
_SET_KEY = (
    "set the server's API key in an environment variable, and `api_key_variable` under [compute] in skillprobe.toml to "
    "the name of that variable"
)
_START = (
    "start the server, or correct its address (it ends in /v1 for most servers); the server must offer /completions "
    "and accept token ids as prompts, and its log shows why it refuses a request"
)


class ServerCalls:
    """Calls of one server; each thread has a connection of its own."""

    def __init__(self, url: str, *, api_key: str | None = None, timeout_seconds: float = 600.0) -> None:
        """Remember the address; nothing is sent.

        Args:
            url: Address with the path in front of that of each call, for example `http://127.0.0.1:8000/v1`.
            api_key: Key to send.
            timeout_seconds: Longest time without an answer.

        Raises:
            SettingsError: The address is not one.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
            valid = parts.scheme in ("http", "https") and parts.hostname
        except ValueError:  # such as a port that is not a number
            valid = False
        if not valid:
            raise SettingsError(
                f"{url!r} is not the address of a server",
                remedy="write the full address with http:// or https://, for example http://127.0.0.1:8000/v1",
            )
        self.url = url
        self._scheme, self._host, self._port = parts.scheme, parts.hostname or "", port
        self._path = parts.path.rstrip("/")
        self._key, self._timeout = api_key, timeout_seconds
        self._connections = local()

    def call(
        self, method: str, path: str, body: dict[str, object] | None = None, *, remedy: str = _START
    ) -> dict[str, Any]:
        """The answer to a request.

        Args:
            method: HTTP method.
            path: Path below the address.
            body: Object to send.
            remedy: What to do if the server cannot be reached or refuses the request.

        Returns:
            The object in the answer.

        Raises:
            SettingsError: The server cannot be reached or refuses the request.
        """
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self._key}"} if self._key else {})
        data = None if body is None else json.dumps(body)
        for attempt in range(_RETRIES + 1):
            try:
                connection = self._connection()
                connection.request(method, self._path + path, data, headers)
                response = connection.getresponse()
                text = response.read()
            except (OSError, http.client.HTTPException) as error:
                self._connections.open = None
                fault = self._without_key(str(error)) or type(error).__name__
            else:
                if response.status == 200:
                    try:
                        answer: dict[str, Any] = json.loads(text)
                    except ValueError:
                        fault = "the response is not valid JSON"
                    else:
                        return answer
                else:
                    shown = self._without_key(text.decode(errors="replace"))[:300]
                    fault = f"status {response.status}: {shown}"
                    if response.status not in _TRANSIENT:
                        break
            if attempt < _RETRIES:
                time.sleep(0.2 * 2**attempt)
        raise SettingsError(
            f"the request to {self.url}{path} failed: {fault}",
            remedy=_SET_KEY if fault.startswith(_NOT_ALLOWED) else remedy,
        )

    def _without_key(self, text: str) -> str:
        """The text of an answer, in which a server may repeat the key."""
        return text.replace(self._key, "(the API key)") if self._key else text

    def _connection(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._connections, "open", None)
        if connection is None:
            kind = http.client.HTTPSConnection if self._scheme == "https" else http.client.HTTPConnection
            connection = self._connections.open = kind(self._host, self._port, timeout=self._timeout)
        return connection
