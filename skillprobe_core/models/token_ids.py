"""Checks that every token id that a model is given has a row in its embedding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.adapters import base_of, is_adapter
from skillprobe_core.runs.model_files import ModelLike, as_files
from skillprobe_core.runs.weights import is_embedding, open_weights

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def check_token_ids(model: ModelLike, tokenizer: PreTrainedTokenizerBase, prompts: Iterable[Sequence[int]]) -> None:
    """Raise CheckpointError, naming the token, when a prompt or the end of an answer has an id without a row.

    A tokenizer may have more tokens than the embedding has rows as long as nothing uses them: some released models do.
    """
    rows = embedding_rows(model)
    used = {number for prompt in prompts for number in prompt}
    if tokenizer.eos_token_id is not None:
        used.add(tokenizer.eos_token_id)
    beyond = min((number for number in used if rows is not None and number >= rows), default=None)
    if beyond is None:
        return
    raise CheckpointError(
        f"the tokenizer has {len(tokenizer)} tokens and the embedding {rows} rows: token {beyond}, "
        f"{tokenizer.convert_ids_to_tokens(beyond)!r}, is used and has no row",
        remedy="restore the tokenizer files and the chat template that these weights were trained with; if you added "
        "tokens, call model.resize_token_embeddings(len(tokenizer)) before training",
        path=as_files(model).path,
    )


def embedding_rows(model: ModelLike) -> int | None:
    """Rows of the token embedding, from the headers of the weights; None where its name is not known.

    An adapter that does not store the embedding has its base's.
    """
    rows = [info.shape[0] for name, info in open_weights(model).items() if is_embedding(name) and info.shape]
    if not rows and is_adapter(model):
        return embedding_rows(base_of(model))
    return max(rows, default=None)
