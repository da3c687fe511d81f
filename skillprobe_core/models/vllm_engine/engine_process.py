"""The process of a vLLM engine: it serves one user at a time over a local socket, and ends when it has been idle.

`engine_slots.py` starts it with three arguments: the number of a bound socket, the specification, and the idle time.

Messages from the user: `load` (a specification), `add` (a list of requests), `drop` (all requests), `rest` (the seconds
to wait for the next user), `end`. To the user: `ready` (facts) after the start and for each new user, `loaded`,
`failed` (the weights were not taken), `done` (a number and token ids), `refused` (the model or the settings cannot be
run), `rests` (True if the memory of the GPU is free).
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys

from .engine_host import EngineHost, refusal
from .engine_messages import Channel, Message
from .engine_spec import EngineSpec

_LOG = logging.getLogger(__name__)
_FIRST_SECONDS = 60.0  # the first user connects at once, unless it was killed


def serve(listener: socket.socket, spec: EngineSpec, idle_seconds: float) -> None:
    """Start the engine for the first user, then serve users until one ends it or none comes for `idle_seconds`."""
    listener.settimeout(_FIRST_SECONDS)
    user = Channel(listener.accept()[0])
    try:
        host = EngineHost(spec)
    except Exception as error:  # vLLM raises many kinds for a model that it does not support
        _LOG.exception("the engine cannot be started")
        user.send({"refused": refusal(error, spec.architecture)})
        return
    while (wait := _serve_user(host, user, idle_seconds)) > 0:
        user.close()
        listener.settimeout(wait)
        try:
            user = Channel(listener.accept()[0])
        except TimeoutError:
            return


def _serve_user(host: EngineHost, user: Channel, idle_seconds: float) -> float:
    """Serve one user; the seconds to wait for the next one, 0 if the engine must end."""
    try:
        user.send({"ready": host.facts})
        while True:
            while host.busy and not user.waiting():
                for number, ids in host.step():
                    user.send({"done": [number, ids]})
            message = user.receive()
            if message is None:
                break
            if "rest" in message:
                rests = _rests(host)
                user.send({"rests": rests})
                return float(message["rest"]) if rests else 0.0
            if "end" in message or not _answer(host, user, message):
                return 0.0
    except (BrokenPipeError, ConnectionResetError):
        pass
    return idle_seconds if _rests(host) else 0.0


def _rests(host: EngineHost) -> bool:
    """Give the memory of the GPU back; False if it still holds it."""
    try:
        return host.rest()
    except Exception:  # vLLM's own, of many kinds
        _LOG.exception("the engine cannot give its memory back")
        return False


def _answer(host: EngineHost, user: Channel, message: Message) -> bool:
    """Carry out a message; False if the engine cannot be used afterwards."""
    if "load" in message:
        try:
            user.send({"loaded": host.load(EngineSpec(**message["load"]))})
        except OSError:
            raise
        except Exception as error:  # vLLM's own, of many kinds
            _LOG.exception("the weights cannot be loaded into the running engine")
            user.send({"failed": str(error)})
            return False
        return True
    if "drop" in message:
        host.drop()
        return True
    try:
        for number, prompt, options in message["add"]:
            host.add(number, prompt, options)
    except Exception as error:  # vLLM's check of settings and prompts, of several kinds
        user.send({"refused": str(error).splitlines()[0]})
    return True


def main() -> None:
    """Serve with the arguments of the command line."""
    number, spec, idle_seconds = sys.argv[1:]
    os.chdir("/")  # the user's folder may be removed
    logging.basicConfig(level=logging.WARNING)
    serve(socket.socket(fileno=int(number)), EngineSpec(**json.loads(spec)), float(idle_seconds))
    sys.stderr.flush()
    os._exit(0)  # vLLM and its libraries may wait for threads of their own at a normal exit
