"""The texts on which two models are compared, as token ids."""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.inference.prompts import encode_completion, encode_prompts

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_ANSWER_LINE = re.compile(r"^[ \t*#]*(?:final )?answer\s*:", re.IGNORECASE | re.MULTILINE)
_BOX = re.compile(r"\\boxed\{")


@dataclass(frozen=True, slots=True)
class Text:
    """One prompt and one completion. Only the completion's tokens are compared; the prompt is their context.

    sample: number of the sampled completion, 0 for a reference; answer_from: position of the first token of the final
    answer in the completion, after the reasoning (the completion's length if it has no answer).
    """

    item_id: str
    prompt: tuple[int, ...]
    completion: tuple[int, ...]
    sample: int = 0
    answer_from: int = 0

    @property
    def inputs(self) -> tuple[int, ...]:
        """The tokens from which a model predicts every completion token: all except the last one."""
        return (*self.prompt, *self.completion)[:-1]


@dataclass(frozen=True, slots=True)
class Texts:
    """Fixed texts of one source over one item set; a text's position in `texts` is its index everywhere."""

    item_set: str
    source: str
    texts: tuple[Text, ...]

    @property
    def tokens(self) -> int:
        """Number of completion tokens over all texts."""
        return sum(len(text.completion) for text in self.texts)

    @property
    def offsets(self) -> list[int]:
        """Start of each text's completion tokens when all are concatenated, followed by their total number."""
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
    prompts = encode_prompts(tokenizer, items)
    texts = tuple(
        Text(
            item_id=item_id,
            prompt=prompts[item_id].ids,
            completion=tuple(encode_completion(tokenizer, reference)),
            answer_from=answer_start(tokenizer, reference),
        )
        for item_id, reference in items.select("item_id", "reference").iter_rows()
    )
    return Texts(item_set=_item_set(items), source="reference", texts=texts)


def generated_texts(
    tokenizer: PreTrainedTokenizerBase, items: pl.DataFrame, generations: pl.DataFrame, source: str
) -> Texts:
    """Each item's prompt followed by a model's completions, sample by sample (rows of table `generations`).

    The end token counts if the model wrote one, but not if the completion was cut. Items without a generation are left
    out.
    """
    prompts = encode_prompts(tokenizer, items)
    rows = items.select("item_id").join(
        generations.select(
            "item_id",
            "sample",
            # A thinking model's reasoning is part of the text that its answer was conditioned on.
            pl.concat_str(["reasoning", "completion"], ignore_nulls=True).alias("completion")
            if "reasoning" in generations.columns
            else "completion",
            "finish_reason",
        ).sort("item_id", "sample"),
        on="item_id",
        maintain_order="left_right",
    )
    texts = []
    for item_id, sample, completion, finish_reason in rows.iter_rows():
        ids = encode_completion(tokenizer, completion)
        cut = finish_reason != "stop" and tokenizer.eos_token_id is not None
        texts.append(
            Text(
                item_id=item_id,
                prompt=prompts[item_id].ids,
                completion=tuple(ids[:-1] if cut else ids),
                sample=sample,
                answer_from=answer_start(tokenizer, completion),
            )
        )
    return Texts(item_set=_item_set(items), source=source, texts=tuple(texts))


def answer_start(tokenizer: PreTrainedTokenizerBase, completion: str) -> int:
    """Number of tokens before the final answer: the last line that begins with `Answer:`, or else the last box.

    Without either, everything including the end token is reasoning.
    """
    marks = list(_ANSWER_LINE.finditer(completion)) or list(_BOX.finditer(completion))
    if not marks:
        return len(encode_completion(tokenizer, completion))
    return len(tokenizer(completion[: marks[-1].start()], add_special_tokens=False)["input_ids"])


def _item_set(items: pl.DataFrame) -> str:
    return str(items["item_set"][0]) if items.height else ""
