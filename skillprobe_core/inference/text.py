"""From token ids to text: where a completion ends, and what of it counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from transformers import PreTrainedModel, PreTrainedTokenizerBase


def end_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Every token that ends a completion, as the generation configuration, the model and the tokenizer name them."""
    found: set[int] = set()
    sources = (model.generation_config, model.config.get_text_config(decoder=True), tokenizer)
    for source in sources:
        ids = getattr(source, "eos_token_id", None)
        if ids is not None:
            found.update([ids] if isinstance(ids, int) else ids)
    return frozenset(found)


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
