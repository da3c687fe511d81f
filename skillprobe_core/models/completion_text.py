"""Text of completions: decoding of token ids and cutting at stop texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from transformers import PreTrainedTokenizerBase

from .backend import Completion, FinishReason, SamplingSettings
from .reasoning_markers import tokens_in
from .repetition import CHECKED_EVERY, first_repetition, repetition_in_last


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
    """The text of the ids, without special tokens other than those in the markers of reasoning."""
    tokens = list(tokens_in(settings.reasoning))
    markers = set(tokenizer.convert_tokens_to_ids(tokens)) - {None, tokenizer.unk_token_id}
    if markers & set(ids):
        flagged = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
        left_out = (flagged | set(tokenizer.all_special_ids)) - markers
        text: str = tokenizer.decode([each for each in ids if each not in left_out], clean_up_tokenization_spaces=False)
        return text
    text = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text


def finish_reason(ended: bool, cut: bool) -> FinishReason:
    """The reason why a completion ended: an end token, a stop text that was cut off, or the token limit."""
    if cut:
        return "stop_text"
    return "stop" if ended else "length"


def cut_at_repetition(
    tokenizer: PreTrainedTokenizerBase, completion: Completion, settings: SamplingSettings
) -> Completion:
    """The completion up to the point where it repeats itself, if the settings end it there."""
    length = first_repetition(completion.ids) if settings.stop_loops and completion.sampled else None
    if length is None:
        return completion
    ids = completion.ids[:length]
    text, cut = completion_text(tokenizer, ids, settings)
    return replace(completion, ids=ids, text=text, finish_reason="stop_text" if cut else "loop")


def stop_finder(tokenizer: PreTrainedTokenizerBase, settings: SamplingSettings) -> Callable[[list[int]], bool]:
    """A predicate on a row's token ids: true if the last of them has completed a stop text.

    With `stop_loops` it is also true if a repetition was completed since the ids were last checked for one.
    """
    at_text = _stop_text_finder(tokenizer, settings)
    if not settings.stop_loops:
        return at_text

    def stopped(ids: list[int]) -> bool:
        return at_text(ids) or (len(ids) % CHECKED_EVERY == 0 and repetition_in_last(ids, len(ids)) is not None)

    return stopped


def _stop_text_finder(tokenizer: PreTrainedTokenizerBase, settings: SamplingSettings) -> Callable[[list[int]], bool]:
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
