"""Generation with a server whose OpenAI completions endpoint accepts token ids (vLLM serve, SGLang and others)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

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
from skillprobe_core.models.server_calls import ServerCalls
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.models.vllm_engine.served_weights import ServedWeights
from skillprobe_core.runs.model_files import ModelLike, as_files

# vLLM's form of the rule in `repetition.py`; other servers ignore it, and their completions are cut afterwards.
_LOOP_RULE = {"max_pattern_size": LONGEST_BLOCK, "min_pattern_size": SHORTEST_BLOCK, "min_count": REPEATS}
# A reloading server is asked at least so often if it still holds the weights; until then completions wait.
_CONFIRM_SECONDS = 2.0
_TIMEOUT_SECONDS = 600.0


class OpenAIServerBackend:
    """Completions from the model that a server lists as `model`; `checkpoint` is the same one here.

    Tokenizer and limits come from its files, so that the ids sent are those of every other backend. `url` ends in
    `/v1`. With `reload` the server's first model gets the checkpoint's weights (see `served_weights.py`).
    """

    def __init__(
        self,
        url: str,
        model: str | None,
        checkpoint: ModelLike,
        *,
        api_key: str | None = None,
        concurrency: int = 64,
        reload: bool = False,
    ) -> None:
        files = as_files(checkpoint)
        folder = files.path
        self._calls = ServerCalls(url, api_key=api_key, timeout_seconds=_TIMEOUT_SECONDS)
        self.url, self.path = url, folder
        self.tokenizer: PreTrainedTokenizerBase = load_tokenizer(checkpoint)
        self._end_ids, self.positions = limits_of(checkpoint, self.tokenizer)
        self._concurrency = concurrency
        self.dtype: str | None = None  # the server's own choice, which it does not report
        known = [str(each.get("id")) for each in self._calls.call("GET", "/models")["data"]]
        self._weights: ServedWeights | None = None
        if reload:
            self._weights = ServedWeights(url, files, Path(self.tokenizer.name_or_path).resolve(), api_key=api_key)
            facts = self._weights.facts
            self.dtype = facts["dtype"]
            limits = [each for each in (self.positions, facts["max_length"]) if each is not None]
            self.positions = min(limits)
            self.model = known[0]
            self.name = f"{SERVER} vllm {facts['version']} {self.dtype} {facts['device']}"
            return
        self.model = model or str(folder)
        self.name = f"{SERVER} {self.model}"
        if self.model not in known:
            raise SettingsError(
                f"the server at {url} has no model {self.model!r}; it lists {', '.join(known) or 'none'}",
                remedy=f"serve the checkpoint under that name, for example: vllm serve {folder} "
                f"--served-model-name {self.model}",
            )

    def complete(self, requests: Sequence[Request], settings: SamplingSettings) -> Iterator[Completion]:
        """Completions as the server returns them, many requests at a time.

        Raises SettingsError when the server cannot be reached, refuses a request, no longer holds the weights, or a
        prompt is too long.
        """
        with ThreadPoolExecutor(max_workers=self._concurrency) as pool:
            waiting = [pool.submit(self._complete_one, request, settings) for request in requests]
            try:
                completed = (each.result() for each in as_completed(waiting))
                yield from completed if self._weights is None else self._confirmed(completed, self._weights)
            finally:
                for each in waiting:
                    each.cancel()

    def close(self) -> None:
        """Let others load weights into a reloading server; connections close with the threads that use them."""
        if self._weights is not None:
            self._weights.close()

    @staticmethod
    def _confirmed(completed: Iterator[Completion], weights: ServedWeights) -> Iterator[Completion]:
        """The completions, each after a confirmation that the server held the weights when it was written."""
        held, since = list[Completion](), time.monotonic()
        for each in completed:
            held.append(each)
            if time.monotonic() - since >= _CONFIRM_SECONDS:
                weights.confirm()
                yield from held
                held, since = [], time.monotonic()
        weights.confirm()
        yield from held

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
        given: dict[str, object] = {name: value for name, value in body.items() if value is not None}
        answer = self._calls.call("POST", "/completions", given)
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


def _open(opening: Opening) -> OpenAIServerBackend:
    assert opening.url is not None
    return OpenAIServerBackend(
        opening.url, opening.model, opening.checkpoint, api_key=opening.api_key, reload=opening.reload
    )


BACKEND = BackendOffer(name=SERVER, open=_open, server=True, order=30)
