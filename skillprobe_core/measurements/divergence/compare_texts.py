"""Tables of the divergence of a checkpoint's output distribution from its base's, by item and by token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from skillprobe_core.engine.table import Table
from skillprobe_core.errors import SettingsError
from skillprobe_core.models.prompt_format import OWN, PromptFormat

from .aligned_texts import aligned
from .base_states import BaseStates
from .divergence_measure import TokenValues
from .divergence_registry import per_token, token_columns
from .hidden_states import BATCH_TOKENS
from .item_summary import Row, item_row
from .logit_divergence_table import LOGIT_DIVERGENCE
from .output_projection import output_layer
from .paired_passes import token_measures
from .shared_vocabulary import Vocabulary
from .token_divergence_table import TOKEN_DIVERGENCE
from .token_texts import Text, Texts, generated_texts, reference_texts

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

TEXTS = ("reference", "base", "own")


@dataclass(slots=True)
class Divergence:
    """Result of one pass over some texts: item rows, and token rows if requested."""

    items: pl.DataFrame
    tokens: pl.DataFrame | None


def encoded_texts(
    tokenizer: PreTrainedTokenizerBase,
    items: pl.DataFrame,
    *,
    text: str = "reference",
    generations: pl.DataFrame | None = None,
    base_tokenizer: PreTrainedTokenizerBase | None = None,
    form: PromptFormat = OWN,
) -> Texts:
    """The texts of one kind as token ids, by the tokenizer of the model that they belong to, in a format of prompts.

    That is the checkpoint's for its own text and the base's for the others, which must be the same for every
    checkpoint.
    """
    if text not in TEXTS or (text == "reference") != (generations is None):
        raise SettingsError(
            f"text {text!r} was given {'with' if generations is not None else 'without'} generations",
            remedy="pass no generations for `reference`, and the generations of that model for `base` or `own`",
        )
    encoder = tokenizer if text == "own" else base_tokenizer or tokenizer
    if generations is None:
        return reference_texts(encoder, items, form)
    return generated_texts(encoder, items, generations, text, form)


def compare_texts(
    base: PreTrainedModel | BaseStates,
    checkpoint_model: PreTrainedModel | BaseStates,
    tokenizer: PreTrainedTokenizerBase,
    texts: Texts,
    *,
    model: str,
    step: int,
    base_tokenizer: PreTrainedTokenizerBase | None = None,
    positions: int | None = None,
    batch_tokens: int = BATCH_TOKENS,
    with_tokens: bool = False,
    device: torch.device | None = None,
) -> Divergence:
    """Every measure on given texts: rows of `logit_divergence`, and with `with_tokens` rows of `token_divergence`.

    `texts` are in the checkpoint's ids if they are its own and in the base's otherwise. `positions` is the context of
    the shorter model, which limits texts that one of them divides into more tokens. `device` computes the logits
    (default: the one that an output layer is on). One forward pass for each side that is a model, none for a side given
    as stored states. Memory does not grow with the number of items (except for token rows; the samples of an item are
    held until all of them are done).
    """
    sides = _vocabulary(base, base_tokenizer or tokenizer), _vocabulary(checkpoint_model, tokenizer)
    read = aligned(texts, *sides, positions)
    texts, writer = read.texts, sides[texts.text == "own"].tokenizer
    texts_of: dict[str, list[int]] = {}
    for i, text in enumerate(texts.texts):
        texts_of.setdefault(text.item_id, []).append(i)
    nothing: TokenValues = {each.name: np.empty(0, dtype=np.float32) for each in per_token()}
    values = {i: nothing for i, text in enumerate(texts.texts) if not text.completion}
    rows: dict[str, Row] = {}
    token_frames: dict[int, pl.DataFrame] = {}

    def finish(item_id: str) -> None:
        index = texts_of[item_id]
        if all(i in values for i in index):
            some = [texts.texts[i] for i in index]
            rows[item_id] = item_row(some, [values.pop(i) for i in index], texts.text, writer)

    for i, measured in token_measures(base, checkpoint_model, read, batch_tokens=batch_tokens, device=device):
        values[i] = measured
        if with_tokens:
            token_frames[i] = token_rows(texts.texts[i], measured)
        finish(texts.texts[i].item_id)
    for item_id in texts_of.keys() - rows.keys():
        finish(item_id)
    types = sorted({_dtype(base), _dtype(checkpoint_model)})
    keys = _keys(texts, model, step)
    item_frame = pl.DataFrame([rows[item_id] for item_id in texts_of], schema=_rest(LOGIT_DIVERGENCE, keys))
    item_frame = item_frame.with_columns(
        dtype=pl.lit(", ".join(types)),
        vocabulary=len(read.shared.base),
        vocabulary_left_out=len(read.shared.missing) + len(read.shared.new),
        **keys,
    )
    return Divergence(
        items=LOGIT_DIVERGENCE.conform(item_frame),
        tokens=_token_table(texts, token_frames, writer, keys) if with_tokens else None,
    )


def token_rows(text: Text, values: TokenValues) -> pl.DataFrame:
    """The token rows of one text, without the columns that all rows share."""
    measured = text.measured
    return pl.DataFrame(
        {
            "item_id": [text.item_id] * len(measured),
            "sample": [text.sample] * len(measured),
            "position": measured,
            "token_id": [text.completion[place] for place in measured],
            "is_answer": [place >= text.answer_from for place in measured],
            **{column.name: values[column.name] for column in token_columns()},
        }
    )


def _token_table(
    texts: Texts, frames: dict[int, pl.DataFrame], tokenizer: PreTrainedTokenizerBase, keys: dict[str, pl.Expr]
) -> pl.DataFrame:
    used = sorted({token for text in texts.texts for token in text.completion})
    written = {token: tokenizer.decode([token]) for token in used}
    if not frames:
        return TOKEN_DIVERGENCE.computed_schema.to_frame()
    frame = pl.concat([frames[i] for i in sorted(frames)])
    token = pl.col("token_id").replace_strict(written, return_dtype=pl.String)
    return TOKEN_DIVERGENCE.conform(frame.with_columns(token=token, **keys))


def _keys(texts: Texts, model: str, step: int) -> dict[str, pl.Expr]:
    shared = {"model": model, "step": step, "item_set": texts.item_set, "text": texts.text}
    return {name: pl.lit(value) for name, value in shared.items()}


def _rest(table: Table, keys: dict[str, pl.Expr]) -> dict[str, pl.DataType]:
    return {name: dtype for name, dtype in table.computed_schema.items() if name not in keys}


def _dtype(model: PreTrainedModel | BaseStates) -> str:
    dtype = model.values.dtype if isinstance(model, BaseStates) else model.dtype
    return str(dtype).removeprefix("torch.")


def _vocabulary(model: PreTrainedModel | BaseStates, tokenizer: PreTrainedTokenizerBase) -> Vocabulary:
    """The tokens of a side. Given states are of the model that wrote the texts, so its embedding is not used."""
    if isinstance(model, BaseStates):
        return Vocabulary(tokenizer, model.head.vocabulary, model.head.vocabulary)
    return Vocabulary(tokenizer, model.get_input_embeddings().weight.shape[0], output_layer(model).weight.shape[0])
