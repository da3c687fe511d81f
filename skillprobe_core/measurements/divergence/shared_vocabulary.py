"""The tokens that two models have in common, matched by their strings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skillprobe_core.errors import NotComparableError
from skillprobe_core.models.model_validation import SAME_TOKENS
from skillprobe_core.models.token_ids import embedding_rows
from skillprobe_core.runs.model_files import ModelLike
from skillprobe_core.runs.vocabulary_rows import VocabularyRows, vocabulary_rows

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One model's tokens.

    tokenizer: assigns ids to strings. inputs: number of rows of the embedding; outputs: number of logits. Both may
    differ from the number of tokens: embeddings are padded, and some tokenizers have tokens without a row.
    """

    tokenizer: PreTrainedTokenizerBase
    inputs: int
    outputs: int

    @property
    def ids(self) -> Mapping[str, int]:
        """Ids by string; of several strings with one id, the first one."""
        first: dict[int, str] = {}
        for token, number in self.tokenizer.get_vocab().items():
            first.setdefault(number, token)
        return {token: number for number, token in first.items()}


def vocabulary_of(model: ModelLike, tokenizer: PreTrainedTokenizerBase) -> Vocabulary:
    """The tokens of a stored model, from the headers of its weights."""
    rows = embedding_rows(model)
    known = max(tokenizer.get_vocab().values(), default=-1) + 1 if rows is None else rows
    return Vocabulary(tokenizer, known, known)


def shared_vocabulary(base: Vocabulary, checkpoint: Vocabulary) -> VocabularyRows:
    """Logits of both models that belong to the same token, in the order of the base's ids, and those that do not.

    Rows without a token, which pad an embedding, belong to neither: their logits say nothing about a text.

    Raises:
        NotComparableError: The checkpoint has less than `SAME_TOKENS` of the base's tokens: renormalised over so few,
            the two distributions say little about the models.
    """
    ids = base.ids
    others = ids if checkpoint.tokenizer is base.tokenizer else checkpoint.ids
    found = vocabulary_rows((ids, others), base.outputs, checkpoint.outputs)
    assert found is not None
    tokens = sum(number < base.outputs for number in ids.values())
    if not len(found.base) or len(found.base) < SAME_TOKENS * tokens:
        kept = set(found.base)
        lost = min(((number, token) for token, number in ids.items() if number not in kept), default=None)
        raise NotComparableError(
            f"divergence is not computed, since the checkpoint has {len(found.base):,} of the base's {tokens:,} tokens "
            f"({len(found.base) / max(1, tokens):.1%}, at least {SAME_TOKENS:.0%} are needed)"
            + (f"; the first that it lacks is {lost[1]!r}, number {lost[0]}" if lost else ""),
            remedy="give the base that this checkpoint was trained from; if that is the base, copy its tokenizer files "
            "to the folder and save the weights with as many rows in the embedding and the head as it has tokens",
            path=checkpoint.tokenizer.name_or_path,
        )
    return found
