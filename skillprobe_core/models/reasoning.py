"""Thinking models: their reasoning before the answer, stored apart from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from .backend import SamplingSettings
from .completion_text import decoded
from .reasoning_markers import divided

# A template may end a prompt with the opening marker and a line break; a marker is a few tokens at most.
_TAIL = 16


@dataclass(frozen=True, slots=True)
class Parts:
    """A completion in two parts: `reasoning` (None if there is none) followed by `answer` is its whole text."""

    reasoning: str | None
    answer: str
    reasoning_tokens: int


def reasoning_is_open(tokenizer: PreTrainedTokenizerBase, prompt: Sequence[int], settings: SamplingSettings) -> bool:
    """True if the prompt ends with the opening marker, so that the completion begins inside the reasoning."""
    if not settings.reasoning:
        return False
    text: str = tokenizer.decode(list(prompt[-_TAIL:]), clean_up_tokenization_spaces=False)
    return text.rstrip().endswith(settings.reasoning[0])


def split_reasoning(
    tokenizer: PreTrainedTokenizerBase, ids: Sequence[int], text: str, settings: SamplingSettings, *, opened: bool
) -> Parts:
    """Split a completion's text after its closing marker (see `divided`)."""
    reasoning, answer = divided(text, settings.reasoning, opened=opened)
    if reasoning is None:
        return Parts(None, text, 0)
    closed = settings.reasoning[1] in reasoning
    return Parts(reasoning, answer, _tokens_until(tokenizer, ids, settings) if closed else len(ids))


def _tokens_until(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int], settings: SamplingSettings) -> int:
    """Number of ids up to and including the closing marker."""
    low, high = 1, len(ids)
    while low < high:
        middle = (low + high) // 2
        if settings.reasoning[1] in decoded(tokenizer, list(ids[:middle]), settings):
            high = middle
        else:
            low = middle + 1
    return low
