"""The interface of a backend: token ids in, token ids and text out, under given sampling settings."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from skillprobe_core.errors import SettingsError
from skillprobe_core.plugins import LAST

from .prompts import NEW_QUESTION

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

    from skillprobe_core.runs.model_files import ModelLike

FinishReason = Literal["stop", "stop_text", "length", "loop"]
"""An end token, a stop text, the token limit, or a repetition (see `repetition.py`)."""

CUT_REASONS = ("length", "loop")
"""The reasons of completions that did not end by themselves."""

SERVER = "openai-server"
"""First word of the name of a backend that is a server."""

TOO_LONG = "too_long"
"""The `finish_reason` of a row that was not generated, since its prompt leaves no room in the model's context."""


USUAL_TOKENS = 1024
"""Token limit of a completion if no `max_new_tokens` is set."""

THINKING_TOKENS = 8192
"""Token limit of a thinking model's completion if no `max_new_tokens` is set."""

TIMES_REFERENCE = 2
"""If no `max_new_tokens` is set, a completion may have so many times the tokens of its item's worked reference."""


NEUTRAL: Final = {"top_k": 0, "min_p": 0.0, "presence_penalty": 0.0, "repetition_penalty": 1.0}
"""Cuts and penalties at the values at which they change nothing."""

OFF: Final[dict[str, Any]] = {**NEUTRAL, "stop_loops": False, "preset": None}
"""Sampling settings at values that canonical texts leave out."""

_OF_DRAWS = ("seed", "top_p", "top_k", "min_p")


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """Sampling settings of completions.

    samples: completions per item.
    temperature: 0 is greedy decoding; otherwise logits are divided by it.
    top_p: the smallest set of tokens with at least this probability is kept (nucleus sampling, arXiv 1904.09751).
    top_k: the so many most probable tokens are kept, with those equal to the last one; 0 for all.
    min_p: tokens with at least this share of the highest probability are kept (arXiv 2407.01082); 0 for all.
    presence_penalty: subtracted from the logit of every token that the completion contains; 0 for none.
    repetition_penalty: logits of tokens in prompt and completion are divided by it if positive, else multiplied by it
        (arXiv 1909.05858); 1 for none.
    max_new_tokens: token limit of a completion, end token included; None for 1,024, or twice the item's reference in
        the model's tokens where that is longer.
    seed: gives the seed of each row, together with the item and the number of the sample.
    stop: texts that end a completion; they are cut off. The same for every checkpoint of a protocol; by default those
        with which a model goes on to a question of its own.
    reasoning: the markers before and after a thinking model's reasoning, which is stored apart from its answer;
        empty if the reasoning counts as part of the answer.
    stop_loops: True to end a completion as soon as it repeats itself (see `repetition.py`).
    preset: `model` takes temperature, cuts and penalties from the generation config of the base, or of its first
        checkpoint where the base has none; the same for the base and all its checkpoints.
    """

    samples: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    max_new_tokens: int | None = None
    seed: int = 0
    stop: tuple[str, ...] = NEW_QUESTION
    reasoning: tuple[str, ...] = ("<think>", "</think>")
    top_k: int = 0
    min_p: float = 0.0
    presence_penalty: float = 0.0
    repetition_penalty: float = 1.0
    stop_loops: bool = False
    preset: Literal["model"] | None = None

    def __post_init__(self) -> None:
        own = self._set_by_preset()
        faults = {
            f"samples must be at least 1, got {self.samples}": self.samples < 1,
            f"temperature must be 0 or more, got {self.temperature}": not self.temperature >= 0,
            f"top_p must be above 0 and at most 1, got {self.top_p}": not 0 < self.top_p <= 1,
            f"top_k must be 0 (all tokens) or more, got {self.top_k}": self.top_k < 0,
            f"min_p must be 0 to 1, got {self.min_p}": not 0 <= self.min_p <= 1,
            f"presence_penalty must be -2 to 2, got {self.presence_penalty}": not -2 <= self.presence_penalty <= 2,
            f"repetition_penalty must be above 0 and finite, got {self.repetition_penalty}": not 0
            < self.repetition_penalty
            < math.inf,
            f"max_new_tokens must be at least 1, got {self.max_new_tokens}": self.max_new_tokens is not None
            and self.max_new_tokens < 1,
            f"stop texts must not be empty, got {list(self.stop)}": "" in self.stop,
            f"reasoning must be two different markers or empty, got {list(self.reasoning)}": len(self.reasoning)
            not in (0, 2)
            or len(set(self.reasoning) - {""}) != len(self.reasoning),
            f"{self.samples} samples per item need a temperature above 0, got {self.temperature}": self.greedy
            and self.preset is None
            and self.samples > 1,
            f"preset = {self.preset!r} sets {', '.join(own)}, which must not be set as well": self.preset is not None
            and own != [],
        }
        for fault, present in faults.items():
            if present:
                raise SettingsError(fault, remedy="correct this value under [sampling] in skillprobe.toml")

    @property
    def greedy(self) -> bool:
        """True if the most probable token is always chosen."""
        return self.temperature == 0

    @property
    def penalised(self) -> bool:
        """True if logits depend on the tokens before them through a penalty."""
        return self.presence_penalty != 0 or self.repetition_penalty != 1

    @property
    def without_sampling(self) -> SamplingSettings:
        """The settings of one greedy completion, with the same penalties, limit and stop texts."""
        return replace(self, samples=1, temperature=0.0, top_p=1.0, top_k=0, min_p=0.0, preset=None)

    @property
    def for_thinking(self) -> SamplingSettings:
        """The settings for models that think: room for it, and an end to repetitions.

        The default stop texts are left out, since reasoning repeats the question.
        """
        limit = THINKING_TOKENS if self.max_new_tokens is None else self.max_new_tokens
        stop = () if self.stop == NEW_QUESTION else self.stop
        return replace(self, max_new_tokens=limit, stop=stop, stop_loops=True)

    @property
    def usual_limit(self) -> int:
        """Token limit of a completion whose reference is not longer than half of it."""
        return USUAL_TOKENS if self.max_new_tokens is None else self.max_new_tokens

    def limit_of(self, reference_tokens: int) -> int:
        """Token limit of a completion of an item whose reference has so many tokens."""
        if self.max_new_tokens is not None:
            return self.max_new_tokens
        return max(USUAL_TOKENS, TIMES_REFERENCE * reference_tokens)

    @property
    def limit_in_words(self) -> str:
        """The token limit: `256 tokens`, or `1024 tokens or twice the reference`."""
        return f"{self.usual_limit} tokens{' or twice the reference' if self.max_new_tokens is None else ''}"

    def canonical(self) -> str:
        """Canonical JSON of all settings that the set of rows depends on."""
        return _canonical({**self._row_fields(), "samples": self.samples})

    def row_canonical(self) -> str:
        """Canonical JSON of the settings that one row depends on: all but the number of samples, which may grow."""
        return _canonical(self._row_fields())

    def row_seed(self, item_id: str, sample: int) -> int | None:
        """Seed of one row, below 2**63; None for greedy decoding."""
        if self.greedy:
            return None
        digest = hashlib.sha256(_canonical([self.seed, item_id, sample]).encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1

    def _row_fields(self) -> dict[str, object]:
        fields = {**asdict(self), "stop": list(self.stop), "reasoning": list(self.reasoning)}
        fields = {name: value for name, value in fields.items() if name not in OFF or value != OFF[name]}
        del fields["samples"]
        if self.max_new_tokens is None:
            fields |= {"max_new_tokens": USUAL_TOKENS, "times_reference": TIMES_REFERENCE}
        if self.greedy and self.preset is None:
            fields = {name: value for name, value in fields.items() if name not in _OF_DRAWS}
        return fields

    def _set_by_preset(self) -> list[str]:
        """Names of the settings that a preset gives and that have a value of their own."""
        usual = {"temperature": 0.0, "top_p": 1.0, **NEUTRAL}
        return [f"`{name}`" for name, value in usual.items() if getattr(self, name) != value]


@cache
def markers_of(sampling: str) -> tuple[str, ...]:
    """The markers of reasoning in stored settings (`row_canonical`); empty if there are none."""
    return tuple(json.loads(sampling)["reasoning"])


@dataclass(frozen=True, slots=True)
class Request:
    """One completion to generate; `seed` is None for greedy decoding.

    `shared` is the number of ids at the start of the prompt that other prompts share (few-shot examples), for backends
    that compute them once. `reference_tokens` is the length of the item's worked reference in the model's tokens, which
    may raise the token limit (`SamplingSettings.limit_of`).
    """

    item_id: str
    sample: int
    prompt_ids: tuple[int, ...]
    seed: int | None
    shared: int = 0
    reference_tokens: int = 0


def in_batch_order(requests: Sequence[Request]) -> list[Request]:
    """Requests grouped by shared start, then by length, the longest first, so that a lack of memory shows at once."""
    longest: dict[tuple[int, ...], int] = {}
    for each in requests:
        start = each.prompt_ids[: each.shared]
        longest[start] = max(longest.get(start, 0), len(each.prompt_ids))

    def place(each: Request) -> tuple[int, tuple[int, ...], int, tuple[int, ...], str, int]:
        start = each.prompt_ids[: each.shared]
        return -longest[start] if start else 0, start, -len(each.prompt_ids), each.prompt_ids, each.item_id, each.sample

    return sorted(requests, key=place)


@dataclass(frozen=True, slots=True)
class Completion:
    """A generated completion. `ids` include the end token, if any; `text` has neither special tokens nor stop text.

    `sampled` is False if a server returned text alone: `ids` are then the tokenizer's for that text.
    """

    item_id: str
    sample: int
    ids: tuple[int, ...]
    text: str
    finish_reason: FinishReason
    sampled: bool = True


class Backend(Protocol):
    """An engine that completes prompts with one checkpoint."""

    @property
    def name(self) -> str:
        """The engine that runs the model and everything about it that changes numbers: version, type, device."""
        ...

    @property
    def dtype(self) -> str | None:
        """Number type in which the model runs, by torch's name; None where a server decides it."""
        ...

    @property
    def positions(self) -> int | None:
        """The model's context length: most tokens of prompt and completion together; None if it states none."""
        ...

    @property
    def tokenizer(self) -> PreTrainedTokenizerBase:
        """The checkpoint's tokenizer, which encodes the prompts."""
        ...

    def complete(self, requests: Sequence[Request], settings: SamplingSettings) -> Iterator[Completion]:
        """One completion per request, in any order, each as soon as it is finished.

        Raises CheckpointError when the checkpoint gives NaN or infinite logits, SettingsError for a prompt that is too
        long.
        """
        ...

    def close(self) -> None:
        """Free the resources that only this backend uses."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """The checkpoint that a backend is opened on, and the options.

    checkpoint: its folder or files. dtype: number type to run it in (None: the stored one). device: `auto`, `cpu`,
    `cuda` and so on. max_length: tokens of the longest prompt with its completion, for backends that reserve memory
    for it (None: the model's context length). idle_seconds: seconds for which a backend that runs in a process of its
    own may wait for the next checkpoint after it is closed (0: it ends; None: the backend's own choice). devices: the
    devices over which the model is spread, by torch's names (default: `device` alone).
    url, model, api_key: those of a server; `model` is the name under which it serves the checkpoint
    (default: the folder's path). reload: True if the server loads the checkpoint's weights in place of those it has.
    """

    checkpoint: ModelLike
    dtype: torch.dtype | None = None
    device: str = "auto"
    url: str | None = None
    model: str | None = None
    api_key: str | None = field(default=None, repr=False)
    max_length: int | None = None
    idle_seconds: float | None = None
    reload: bool = False
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOffer:
    """A backend to choose: its name in `backend` under [compute], and how it is opened.

    open: opens it; raises SettingsError if it is not installed or not configured, CheckpointError for a checkpoint that
    it cannot load. installed: True if it can be used here; the noise floor then includes it.
    server: it is a server at `url`, which chooses its own type and batches.
    parallel: it can spread a model over several devices.
    chosen_on: types of devices on which `auto` chooses it, if it is installed.
    order: its place among the backends, which decides between two that `auto` could choose.
    """

    name: str
    open: Callable[[Opening], Backend]
    installed: Callable[[], bool] = lambda: True
    server: bool = False
    parallel: bool = False
    chosen_on: tuple[str, ...] = ()
    order: int = LAST


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
