"""From token ids to text: where a completion ends, and what of it counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from transformers import PreTrainedTokenizerBase


def completion_text(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int], stop: tuple[str, ...]) -> tuple[str, bool]:
    """Text of a completion without special tokens, cut before the first stop text; and whether it was cut."""
    text: str = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    places = [place for place in map(text.find, stop) if place >= 0]
    return (text[: min(places)], True) if places else (text, False)


def stop_finder(tokenizer: PreTrainedTokenizerBase, stop: tuple[str, ...]) -> Callable[[list[int]], bool]:
    """A test whether a stop text has just been completed by the last of a row's token ids."""
    if not stop:
        return lambda ids: False
    # A token may write a single byte. What the last tokens show is confirmed on the whole text, since a window that
    # begins inside a character shows another one.
    window = max(len(text.encode()) for text in stop) + 1

    def stopped(ids: list[int]) -> bool:
        return completion_text(tokenizer, ids[-window:], stop)[1] and completion_text(tokenizer, ids, stop)[1]

    return stopped
