"""Thinking models: their reasoning before the answer, stored apart from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from .backend import SamplingSettings
from .completion_text import decoded
from .reasoning_markers import divided, ends_inside

# A template ends a prompt with the opening marker and a line break or a few words; a marker is a few tokens at most.
_TAIL = 24


@dataclass(frozen=True, slots=True)
class Parts:
    """A completion in two parts: `reasoning` (None if there is none) followed by `answer` is its whole text."""

    reasoning: str | None
    answer: str
    reasoning_tokens: int


def reasoning_is_open(tokenizer: PreTrainedTokenizerBase, prompt: Sequence[int], settings: SamplingSettings) -> bool:
    """True if the end of the prompt opens the reasoning, so that the completion begins inside it."""
    if not settings.reasoning:
        return False
    text: str = tokenizer.decode(list(prompt[-_TAIL:]), clean_up_tokenization_spaces=False)
    return ends_inside(text, settings.reasoning)


def split_reasoning(
    tokenizer: PreTrainedTokenizerBase, ids: Sequence[int], text: str, settings: SamplingSettings, *, opened: bool
) -> Parts:
    """Split a completion's text after its last closing marker (see `divided`)."""
    reasoning, answer = divided(text, settings.reasoning, opened=opened)
    if reasoning is None:
        return Parts(None, text, 0)
    closed = reasoning.endswith(settings.reasoning[1])
    return Parts(reasoning, answer, _tokens_until(tokenizer, ids, settings) if closed else len(ids))


def _tokens_until(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int], settings: SamplingSettings) -> int:
    """Number of ids up to and including the last closing marker."""
    closing = settings.reasoning[1]
    closings = decoded(tokenizer, ids, settings).count(closing)
    low, high = 1, len(ids)
    while low < high:
        middle = (low + high) // 2
        if decoded(tokenizer, ids[:middle], settings).count(closing) >= closings:
            high = middle
        else:
            low = middle + 1
    return low
