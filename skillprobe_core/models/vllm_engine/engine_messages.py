"""Messages between the vLLM engine's process and its user: one JSON object per line of a local socket."""

from __future__ import annotations

import json
import select
import socket
from typing import Any

Message = dict[str, Any]

_AT_ONCE = 1 << 20


class Channel:
    """Sends and receives messages over a connected stream socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._read = bytearray()

    def send(self, message: Message) -> None:
        """Send a message; raises OSError if the other side is gone."""
        self._socket.sendall(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def receive(self) -> Message | None:
        """The next message, when it has come; None if the other side is gone."""
        while b"\n" not in self._read:
            try:
                more = self._socket.recv(_AT_ONCE)
            except (ConnectionResetError, BrokenPipeError):
                return None
            if not more:
                return None
            self._read += more
        line, _, rest = self._read.partition(b"\n")
        self._read = rest
        message: Message = json.loads(line)
        return message

    def waiting(self, seconds: float = 0.0) -> bool:
        """Report if `receive` would return at once, after at most so many seconds."""
        return b"\n" in self._read or bool(select.select([self._socket], [], [], seconds)[0])

    def limit(self, seconds: float) -> None:
        """Let `send` and `receive` raise TimeoutError after so many seconds."""
        self._socket.settimeout(seconds)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
