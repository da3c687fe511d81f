"""The user's side of a vLLM engine: it finds or starts one, has weights loaded, and restarts it once if it crashes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Literal, TypeAlias

from skillprobe_core.errors import CheckpointError, SettingsError, SkillprobeError

from .engine_messages import Channel, Message
from .engine_slots import Slot, free_slot
from .engine_spec import EngineSpec

How = Literal["started", "reloaded", "same"]

Request: TypeAlias = tuple[list[int], Mapping[str, object]]
"""The token ids of a prompt, and the options of its completion."""

_REST_SECONDS = 60.0
USE_TRANSFORMERS = 'set backend = "transformers" under [compute] in skillprobe.toml'


class EngineClient:
    """A running engine that holds the weights of one checkpoint.

    how: `started` if the engine was started for it, `reloaded` if a running engine took its weights, `same` if it had
    them. facts: the engine's version, number type, device and limit.
    """

    def __init__(self, spec: EngineSpec, *, idle_seconds: float, path: object, remedy: str = USE_TRANSFORMERS) -> None:
        """Find an engine of the same shape or start one.

        Args:
            spec: The engine and its weights.
            idle_seconds: Seconds for which the engine waits for its next user after `close`; 0 to end it.
            path: The checkpoint, for messages.
            remedy: What to do if vLLM cannot run it.

        Raises:
            CheckpointError: vLLM cannot run the checkpoint.
            SettingsError: The engine's process cannot be started.
        """
        self._spec, self._path, self._remedy = spec, path, remedy
        # An engine that cannot take other weights would hold the device's memory for nothing.
        self._idle = idle_seconds if spec.reloads else 0.0
        self._used = 0
        self._slot: Slot = free_slot(spec.visible)
        self.how: How = "started"
        self.facts: Message = {}
        try:
            self._engine = self._found() or self._started()
        except BaseException:
            self._slot.release()
            raise

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, list[int]]]:
        """The place and the token ids of each request, as they finish.

        If the engine ends in between, it is started again once and gets the requests that are open.

        Raises:
            SettingsError: vLLM does not accept the options, or the engine ended again.
        """
        waiting = dict(enumerate(requests, start=self._used))
        first, self._used = self._used, self._used + len(requests)
        restarted = False
        try:
            while waiting:
                for number, ids in self._answers(waiting):
                    del waiting[number]
                    yield number - first, ids
                if waiting and restarted:
                    raise SettingsError(
                        "the vLLM engine ended twice before it had finished",
                        remedy=f"its log shows the cause: {self._slot.log}; or {USE_TRANSFORMERS}",
                        path=str(self._path),
                    )
                if waiting:
                    restarted = True
                    self._engine.close()
                    self._engine = self._started()
        finally:
            if waiting:
                with suppress(OSError):
                    self._engine.send({"drop": True})

    def close(self) -> None:
        """Leave the engine to its next user once it has given back the memory of the GPU, or end it."""
        if self._idle > 0 and self._rests():
            self._engine.close()
        else:
            self._slot.end(self._engine, self.facts["pid"])
        self._slot.release()

    def _rests(self) -> bool:
        """Have the engine rest; False if it does not, and must end."""
        try:
            self._engine.limit(_REST_SECONDS)
            self._engine.send({"rest": self._idle})
            while (message := self._engine.receive()) is not None:
                if "rests" in message:  # else of requests that were dropped
                    return bool(message["rests"])
        except OSError:
            pass
        return False

    def _answers(self, waiting: Mapping[int, Request]) -> Iterator[tuple[int, list[int]]]:
        """The number and the token ids of each of these requests as they finish, until the engine ends."""
        left = set(waiting)
        try:
            self._engine.send({"add": [[number, *request] for number, request in waiting.items()]})
            while left and (message := self._engine.receive()) is not None:
                if "refused" in message:
                    raise SettingsError(
                        f"vLLM does not accept the sampling settings: {message['refused']}",
                        remedy=f"correct [sampling] in skillprobe.toml, or {USE_TRANSFORMERS}",
                    )
                number, ids = message["done"]
                if number in left:  # else of requests that were dropped
                    left.remove(number)
                    yield number, ids
        except (BrokenPipeError, ConnectionResetError):
            return

    def _found(self) -> Channel | None:
        """The slot's engine with the weights in it; None if there is none, or none that can have them."""
        engine = self._slot.connect()
        if engine is None:
            return None
        ready = engine.receive()
        if ready is not None and self._fits(ready.get("ready", {})):
            try:
                engine.send({"load": self._spec.as_fields()})
                answer = engine.receive() or {}
            except OSError:
                answer = {}
            if "loaded" in answer:
                self.how, self.facts = answer["loaded"], ready["ready"]
                return engine
        self._slot.end(engine, None if ready is None else ready["ready"]["pid"])
        return None

    def _fits(self, facts: Message) -> bool:
        wanted = self._spec.max_length
        long_enough = wanted is None or facts.get("max_length", 0) >= wanted
        return bool(self._spec.reloads and facts.get("shape") == self._spec.shape and long_enough)

    def _started(self) -> Channel:
        engine = self._slot.start(self._spec, self._idle)
        try:
            answer = engine.receive()
            if answer is None:
                raise SettingsError(
                    "the vLLM engine ended while it started",
                    remedy=f"its log shows the cause: {self._slot.log}; or {USE_TRANSFORMERS}",
                    path=str(self._path),
                )
            if "refused" in answer:
                raise CheckpointError(
                    f"vLLM cannot run this checkpoint: {answer['refused']}", remedy=self._remedy, path=str(self._path)
                )
        except SkillprobeError:
            engine.close()
            raise
        self.facts = answer["ready"]
        return engine
