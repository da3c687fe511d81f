"""The texts on which two models are compared, as token ids."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.inference.prompts import encode_completion, encode_prompt

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Text:
    """One prompt and one completion. Only the completion's tokens are compared; the prompt is what they follow."""

    item_id: str
    prompt: tuple[int, ...]
    completion: tuple[int, ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        """What a model reads to predict every completion token: all but the last of them."""
        return (*self.prompt, *self.completion)[:-1]


@dataclass(frozen=True, slots=True)
class Texts:
    """Fixed texts of one source over one item set; a text's place in `texts` is its index everywhere."""

    item_set: str
    source: str
    texts: tuple[Text, ...]

    @property
    def tokens(self) -> int:
        """Number of completion tokens over all texts."""
        return sum(len(text.completion) for text in self.texts)

    @property
    def offsets(self) -> list[int]:
        """Where each text's completion tokens begin when all are laid end to end, and the total at the end."""
        starts = [0]
        for text in self.texts:
            starts.append(starts[-1] + len(text.completion))
        return starts

    @property
    def digest(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of all token ids, in order."""
        sha = hashlib.sha256()
        for text in self.texts:
            ids = (*text.prompt, *text.completion)
            sha.update(struct.pack(f"<{len(ids) + 2}i", len(text.prompt), len(text.completion), *ids))
        return sha.hexdigest()[:16]


def reference_texts(tokenizer: PreTrainedTokenizerBase, items: pl.DataFrame) -> Texts:
    """Each item's prompt followed by its own reference answer (columns item_set, item_id, prompt, reference)."""
    texts = tuple(
        Text(item_id, tuple(encode_prompt(tokenizer, prompt)), tuple(encode_completion(tokenizer, reference)))
        for item_id, prompt, reference in items.select("item_id", "prompt", "reference").iter_rows()
    )
    return Texts(item_set=items["item_set"][0] if items.height else "", source="reference", texts=texts)
