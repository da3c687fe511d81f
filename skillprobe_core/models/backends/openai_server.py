"""Generation with a server whose OpenAI completions endpoint accepts token ids (vLLM serve, SGLang and others)."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import local
from typing import Any
from urllib.parse import urlsplit

from transformers import PreTrainedTokenizerBase

from skillprobe_core.errors import SettingsError
from skillprobe_core.models.backend import (
    SERVER,
    BackendOffer,
    Completion,
    FinishReason,
    Opening,
    Request,
    SamplingSettings,
)
from skillprobe_core.models.completion_limits import limits_of, token_limit
from skillprobe_core.models.completion_text import completion_text, finish_reason
from skillprobe_core.models.repetition import LONGEST_BLOCK, REPEATS, SHORTEST_BLOCK
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.runs.model_files import ModelLike, as_files

_RETRIES = 4
# vLLM's form of the rule in `repetition.py`; other servers ignore it, and their completions are cut afterwards.
_LOOP_RULE = {"max_pattern_size": LONGEST_BLOCK, "min_pattern_size": SHORTEST_BLOCK, "min_count": REPEATS}
_NOT_ALLOWED = ("status 401", "status 403")
_SET_KEY = (
    "set the server's API key in an environment variable, and `api_key_variable` under [compute] in skillprobe.toml to "
    "the name of that variable"
)
_START = (
    "start the server, or correct its address (it ends in /v1 for most servers); the server must offer /completions "
    "and accept token ids as prompts, and its log shows why it refuses a request"
)
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


class OpenAIServerBackend:
    """Completions from the model that a server lists as `model`; `checkpoint` is the same one here.

    Tokenizer and limits come from its files, so that the ids sent are those of every other backend. `url` ends in
    `/v1`.
    """

    def __init__(
        self,
        url: str,
        model: str,
        checkpoint: ModelLike,
        *,
        api_key: str | None = None,
        concurrency: int = 64,
        timeout_seconds: float = 600.0,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(
                f"{url!r} is not the address of a server",
                remedy="write the full address with http:// or https://, for example http://127.0.0.1:8000/v1",
            )
        self._scheme, self._host, self._port = parts.scheme, parts.hostname, parts.port
        self._path = parts.path.rstrip("/")
        folder = as_files(checkpoint).path
        self.url, self.model, self.path = url, model, folder
        self.dtype = None  # the server's own choice, which it does not report
        self.tokenizer: PreTrainedTokenizerBase = load_tokenizer(checkpoint)
        self._end_ids, self.positions = limits_of(checkpoint, self.tokenizer)
        self._key, self._concurrency, self._timeout = api_key, concurrency, timeout_seconds
        self._connections = local()
        known = [each.get("id") for each in self._call("GET", "/models")["data"]]
        if model not in known:
            raise SettingsError(
                f"the server at {url} has no model {model!r}; it lists {', '.join(map(str, known)) or 'none'}",
                remedy=f"serve the checkpoint under that name, for example: vllm serve {folder} "
                f"--served-model-name {model}",
            )

    @property
    def name(self) -> str:
        """The kind of backend and the model's name on the server; the address does not affect answers."""
        return f"{SERVER} {self.model}"

    def complete(self, requests: Sequence[Request], settings: SamplingSettings) -> Iterator[Completion]:
        """Completions as the server returns them, many requests at a time.

        Raises SettingsError when the server cannot be reached, refuses a request, or a prompt is too long.
        """
        with ThreadPoolExecutor(max_workers=self._concurrency) as pool:
            waiting = [pool.submit(self._complete_one, request, settings) for request in requests]
            try:
                for done in as_completed(waiting):
                    yield done.result()
            finally:
                for each in waiting:
                    each.cancel()

    def close(self) -> None:
        """Do nothing: connections close with the threads that use them."""

    def _complete_one(self, request: Request, settings: SamplingSettings) -> Completion:
        body = {
            "model": self.model,
            "prompt": list(request.prompt_ids),
            "max_tokens": token_limit(request, settings, self.positions, self.path),
            "temperature": settings.temperature,
            # Servers take parameters that are not sent from the model's generation_config.json.
            "top_p": 1.0 if settings.greedy else settings.top_p,
            "top_k": -1 if settings.greedy or settings.top_k == 0 else settings.top_k,
            "min_p": 0.0 if settings.greedy else settings.min_p,
            "presence_penalty": settings.presence_penalty,
            "repetition_penalty": settings.repetition_penalty,
            "frequency_penalty": 0.0,
            "seed": request.seed,
            "stop": list(settings.stop) or None,
            "stop_token_ids": sorted(self._end_ids),
            "return_token_ids": True,
            "repetition_detection": _LOOP_RULE if settings.stop_loops else None,
        }
        answer = self._call("POST", "/completions", {name: value for name, value in body.items() if value is not None})
        choice = answer["choices"][0]
        ended: FinishReason = "length" if choice.get("finish_reason") == "length" else "stop"
        ids = choice.get("token_ids")
        sampled = ids is not None
        if ids is None:
            # Servers other than vLLM return only text; the ids are the text's, with the end token.
            ids = self.tokenizer(choice["text"], add_special_tokens=False)["input_ids"]
            # They do not report which of the two ended it; with stop texts set, that is the more common one.
            if ended == "stop" and settings.stop:
                ended = "stop_text"
            ids += [self.tokenizer.eos_token_id] if ended == "stop" else []
            text = choice["text"]
        else:
            by_token = bool(ids) and ids[-1] in self._end_ids
            text, cut = completion_text(self.tokenizer, ids[:-1] if by_token else ids, settings)
            ended = finish_reason(by_token, cut)
        return Completion(request.item_id, request.sample, tuple(ids), text, ended, sampled)

    def _call(self, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, Any]:
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
            remedy=_SET_KEY if fault.startswith(_NOT_ALLOWED) else _START,
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


def _open(opening: Opening) -> OpenAIServerBackend:
    if opening.url is None:
        raise SettingsError(
            "backend openai-server needs the address of a server",
            remedy='set `url` under [compute] in skillprobe.toml, for example url = "http://127.0.0.1:8000/v1"',
        )
    model = opening.model or str(as_files(opening.checkpoint).path)
    return OpenAIServerBackend(opening.url, model, opening.checkpoint, api_key=opening.api_key)


BACKEND = BackendOffer(name=SERVER, open=_open, server=True, order=30)
