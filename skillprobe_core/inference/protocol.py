"""What a backend is: token ids in, token ids and text out, under sampling settings that are data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from skillprobe_core.errors import SettingsError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

FinishReason = Literal["stop", "stop_text", "length"]
"""An end token, a stop text, or the token limit."""


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How completions are drawn.

    samples: completions per item.
    temperature: 0 is greedy decoding; otherwise logits are divided by it.
    top_p: the smallest set of tokens with at least this probability is kept (nucleus sampling, arXiv 1904.09751).
    max_new_tokens: token limit of a completion, end token included.
    seed: with the item and the number of the sample it gives the seed of each row.
    stop: texts that end a completion; they are cut off.
    reasoning: the texts before and after what a thinking model writes to itself, which is kept apart from its answer;
        none where that counts as answer.
    """

    samples: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    max_new_tokens: int = 256
    seed: int = 0
    stop: tuple[str, ...] = ()
    reasoning: tuple[str, ...] = ("<think>", "</think>")

    def __post_init__(self) -> None:
        faults = {
            "samples must be at least 1": self.samples < 1,
            "temperature must not be negative": not self.temperature >= 0,
            "top_p must be above 0 and at most 1": not 0 < self.top_p <= 1,
            "max_new_tokens must be at least 1": self.max_new_tokens < 1,
            "stop texts must not be empty": "" in self.stop,
            "reasoning takes two different markers, or none": len(set(self.reasoning) - {""}) != len(self.reasoning)
            or len(self.reasoning) not in (0, 2),
            "greedy decoding gives every sample the same completion": self.greedy and self.samples > 1,
        }
        for fault, present in faults.items():
            if present:
                raise SettingsError(
                    f"{fault}: {self}", remedy="mend the sampling settings (samples > 1 need a temperature)"
                )

    @property
    def greedy(self) -> bool:
        """Whether the most probable token is always taken."""
        return self.temperature == 0

    def canonical(self) -> str:
        """Canonical JSON of everything that the set of rows depends on."""
        return _canonical({**self._row_fields(), "samples": self.samples})

    def row_canonical(self) -> str:
        """Canonical JSON of what one row depends on: not the number of samples, so that more of them can be added."""
        return _canonical(self._row_fields())

    def row_seed(self, item_id: str, sample: int) -> int | None:
        """Seed of one row, below 2**63; None for greedy decoding."""
        if self.greedy:
            return None
        digest = hashlib.sha256(_canonical([self.seed, item_id, sample]).encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1

    def _row_fields(self) -> dict[str, object]:
        fields = {**asdict(self), "stop": list(self.stop), "reasoning": list(self.reasoning)}
        del fields["samples"]
        if self.greedy:
            del fields["seed"], fields["top_p"]
        return fields


@dataclass(frozen=True, slots=True)
class Request:
    """One completion to ask for; `seed` is None for greedy decoding.

    `shared` says how many ids at the start of the prompt other prompts share (few-shot examples), for backends that
    compute them once.
    """

    item_id: str
    sample: int
    prompt_ids: tuple[int, ...]
    seed: int | None
    shared: int = 0


def in_batch_order(requests: Sequence[Request]) -> list[Request]:
    """Requests with the same start side by side, then similar lengths, the longest first: if memory does not suffice,
    that shows at once.
    """
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
    """What came back. `ids` hold the end token where there is one; `text` has neither special tokens nor stop text."""

    item_id: str
    sample: int
    ids: tuple[int, ...]
    text: str
    finish_reason: FinishReason


class Backend(Protocol):
    """Something that completes prompts with one checkpoint."""

    @property
    def name(self) -> str:
        """What runs the model, with what else changes numbers: version, storage type, device."""
        ...

    @property
    def dtype(self) -> str | None:
        """Number type in which the model runs, by torch's name; None where a server decides it."""
        ...

    @property
    def tokenizer(self) -> PreTrainedTokenizerBase:
        """The checkpoint's tokenizer, which prompts are encoded with."""
        ...

    def complete(self, requests: Sequence[Request], settings: SamplingSettings) -> Iterator[Completion]:
        """One completion per request, in any order, each as soon as it is known.

        Raises CheckpointError when the checkpoint gives no usable logits, SettingsError for a prompt that is too long.
        """
        ...

    def close(self) -> None:
        """Free what only this backend uses."""
        ...


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
