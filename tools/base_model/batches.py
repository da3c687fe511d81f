"""Token batches of items for training the base model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from skillprobe_core.benchmark.item_schema import Item
from skillprobe_core.models.prompts import encode_completion, encode_prompt

IGNORED = -100


class Example(NamedTuple):
    """Prompt and reference answer as one row of token ids; the completion starts at `prompt_length`."""

    ids: list[int]
    prompt_length: int


class Batch(NamedTuple):
    """Examples of about equal length, padded on the right.

    ids: int64 (rows, length). targets: int64 (rows, length), the next token if it belongs to a completion, else
    `IGNORED`.
    """

    ids: Tensor
    targets: Tensor


def example_of(item: Item, tokenizer: PreTrainedTokenizerBase) -> Example:
    """The item's prompt ids as in evaluation, followed by its reference answer and the end token."""
    prompt = encode_prompt(tokenizer, item.prompt)
    return Example([*prompt, *encode_completion(tokenizer, item.reference)], len(prompt))


def batch_of(examples: Sequence[Example], padding: int) -> Batch:
    """One batch of the examples, padded to the longest of them."""
    length = max(len(example.ids) for example in examples)
    ids = torch.full((len(examples), length), padding, dtype=torch.long)
    targets = torch.full((len(examples), length), IGNORED, dtype=torch.long)
    for row, example in enumerate(examples):
        tokens = torch.tensor(example.ids)
        ids[row, : len(tokens)] = tokens
        targets[row, example.prompt_length - 1 : len(tokens) - 1] = tokens[example.prompt_length :]
    return Batch(ids, targets)


def batches_by_length(examples: Iterable[Example], padding: int, tokens: int) -> list[Batch]:
    """Batches of examples of similar length, longest first, each of at most `tokens` padded tokens (or one example)."""
    batches: list[Batch] = []
    rows: list[Example] = []
    for example in sorted(examples, key=lambda example: -len(example.ids)):
        if rows and (len(rows) + 1) * len(rows[0].ids) > tokens:
            batches.append(batch_of(rows, padding))
            rows = []
        rows.append(example)
    if rows:
        batches.append(batch_of(rows, padding))
    return batches
