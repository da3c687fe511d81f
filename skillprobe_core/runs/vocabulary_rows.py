"""Rows of embeddings and output heads that belong to the same token in two models."""

from __future__ import annotations

import filecmp
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skillprobe_core.errors import CheckpointError

from .adapters import base_of, is_adapter
from .bounded_files import LARGEST_LISTS, read_object
from .model_files import ModelFiles

_ROWS_ARE_TOKENS = re.compile(
    r"^(?:\w+\.)?(embed_tokens|embed_tokens_per_layer|wte|embed_in|word_embeddings|tok_embeddings|lm_head|embed_out"
    r"|embedding|embeddings)\.(weight|bias)$"
)
Rows = Sequence[int]


@dataclass(frozen=True, slots=True)
class VocabularyRows:
    """Rows of one tensor in two models: those of shared tokens, in the same order, and those that one of them lacks."""

    base: Rows
    checkpoint: Rows
    missing: Rows
    new: Rows


def rows_are_tokens(key: str) -> bool:
    """True for the canonical name of a tensor with one row per token."""
    return _ROWS_ARE_TOKENS.fullmatch(key) is not None


def token_ids(model: ModelFiles) -> Mapping[str, int] | None:
    """Ids by token, from `tokenizer.json` or `vocab.json`; None where neither is there or can be read.

    An adapter without a tokenizer has its base's.
    """
    folder = model.tokenizer
    try:
        if (folder / "tokenizer.json").is_file():
            return _of_tokenizer(read_object(folder / "tokenizer.json", LARGEST_LISTS))
        if (folder / "vocab.json").is_file():
            added = folder / "added_tokens.json"
            more = read_object(added, LARGEST_LISTS) if added.is_file() else {}
            ids = read_object(folder / "vocab.json", LARGEST_LISTS) | more
            return {str(token): int(i) for token, i in ids.items()}
        return token_ids(base_of(model)) if is_adapter(model) else None
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError, OSError, CheckpointError):
        return None


def two_vocabularies(base: ModelFiles, checkpoint: ModelFiles) -> tuple[Mapping[str, int], Mapping[str, int]] | None:
    """The vocabularies of two models if they differ; None if they are equal or one of them is not known."""
    one, other = (files.tokenizer / "tokenizer.json" for files in (base, checkpoint))
    if _same_bytes(one, other):
        return None
    ids, others = token_ids(base), token_ids(checkpoint)
    return None if ids is None or others is None or ids == others else (ids, others)


def vocabulary_rows(
    vocabularies: tuple[Mapping[str, int], Mapping[str, int]] | None, base: int, checkpoint: int
) -> VocabularyRows | None:
    """The rows to compare of tensors with `base` and `checkpoint` rows; None if all rows of both match in order.

    With equal vocabularies a row belongs to the same token in both, and padding to the same padding. With different
    ones rows are matched by token, and rows without a token are left out.
    """
    if vocabularies is None:
        shared = range(min(base, checkpoint))
        if base == checkpoint:
            return None
        return VocabularyRows(shared, shared, range(len(shared), base), range(len(shared), checkpoint))
    ids, others = vocabularies
    pairs = sorted(
        (i, others[token]) for token, i in ids.items() if i < base and others.get(token, checkpoint) < checkpoint
    )
    one, other = _compact([i for i, _ in pairs]), _compact([i for _, i in pairs])
    return VocabularyRows(one, other, _rest(base, one), _rest(checkpoint, other))


def _of_tokenizer(tokenizer: Mapping[str, Any]) -> dict[str, int]:
    vocabulary = tokenizer["model"]["vocab"]
    if isinstance(vocabulary, list):  # Unigram: pieces with their scores
        vocabulary = {piece: number for number, (piece, _) in enumerate(vocabulary)}
    ids = {str(token): int(number) for token, number in vocabulary.items()}
    return ids | {str(token["content"]): int(token["id"]) for token in tokenizer.get("added_tokens") or ()}


def _same_bytes(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def _compact(rows: list[int]) -> Rows:
    """The rows as a range where they follow one another, which are read without copying."""
    return (
        range(rows[0], rows[0] + len(rows))
        if rows and rows[-1] - rows[0] + 1 == len(rows) == len(set(rows)) and rows == sorted(rows)
        else tuple(rows)
    )


def _rest(count: int, rows: Rows) -> Rows:
    there = set(rows)
    return _compact([row for row in range(count) if row not in there])
