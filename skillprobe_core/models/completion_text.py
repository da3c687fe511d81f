"""Text of completions: decoding of token ids and cutting at stop texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from transformers import PreTrainedTokenizerBase

from .backend import FinishReason, SamplingSettings


def completion_text(
    tokenizer: PreTrainedTokenizerBase, ids: Sequence[int], settings: SamplingSettings
) -> tuple[str, bool]:
    """Text of a completion, cut before the first stop text, and True if it was cut.

    Special tokens are left out, except for the markers of reasoning, which are special in some tokenizers.
    """
    text = decoded(tokenizer, ids, settings)
    places = [place for place in map(text.find, settings.stop) if place >= 0]
    return (text[: min(places)], True) if places else (text, False)


def decoded(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int], settings: SamplingSettings) -> str:
    """The text of the ids, without special tokens other than the markers of reasoning."""
    special = set(tokenizer.all_special_ids)
    markers = special & set(tokenizer.convert_tokens_to_ids(list(settings.reasoning)))
    if markers & set(ids):
        text: str = tokenizer.decode(
            [each for each in ids if each not in special - markers], clean_up_tokenization_spaces=False
        )
        return text
    text = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text


def finish_reason(ended: bool, cut: bool) -> FinishReason:
    """The reason why a completion ended: an end token, a stop text that was cut off, or the token limit."""
    if cut:
        return "stop_text"
    return "stop" if ended else "length"


def stop_finder(tokenizer: PreTrainedTokenizerBase, settings: SamplingSettings) -> Callable[[list[int]], bool]:
    """A predicate on a row's token ids that is true if the last of them has completed a stop text."""
    if not settings.stop:
        return lambda ids: False
    # A token may be a single byte. A match in the last tokens is confirmed on the whole text, since a window that
    # begins inside a character decodes to a different one.
    window = max(len(text.encode()) for text in settings.stop) + 1
    known: dict[int, bool] = {}

    def stopped(ids: list[int]) -> bool:
        last = ids[-1]
        if last not in known:
            known[last] = _may_complete(tokenizer.decode([last]), settings.stop)
        if not known[last]:
            return False
        return completion_text(tokenizer, ids[-window:], settings)[1] and completion_text(tokenizer, ids, settings)[1]

    return stopped


def _may_complete(token: str, stop: Sequence[str]) -> bool:
    """True if a stop text could end inside a token of this text; most tokens end none, and need no decoding.

    A token that is part of a character, or that decodes to nothing alone, may. A tokenizer may leave out its blank.
    """
    if not token or "\ufffd" in token:
        return True
    return any(
        text in form or any(form.startswith(text[start:]) for start in range(len(text)))
        for text in stop
        for form in (token, f" {token}")
    )
