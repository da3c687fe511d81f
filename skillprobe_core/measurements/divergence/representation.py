"""Shift of the hidden states, layer by layer: pure functions on two matrices, and their table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import torch
from torch import Tensor

from skillprobe_core.errors import CheckpointError

from .hidden_states import BATCH_TOKENS, batches_of, in_fitting_batches, states_at
from .representation_shift_table import ALL_LAYERS, REPRESENTATION_SHIFT
from .token_texts import Readable, Text, Texts

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MAX_TOKENS = 2048
UNRELATED = Path(__file__).with_name("unrelated.txt")
UNRELATED_LENGTH = 128  # tokens used of a paragraph


def linear_cka(base: Tensor, checkpoint: Tensor) -> float:
    """Linear centred kernel alignment of two matrices (tokens, width), in [0, 1] (Kornblith et al. 2019).

    ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖) in Frobenius norms, X and Y with columns centred; 1 if one is a rotation, a uniform scaling
    or a shift of the other. With fewer tokens than columns it is biased upwards. NaN if a matrix is constant.
    """
    x, y = (states.double() - states.double().mean(0) for states in (base, checkpoint))
    if len(x) < x.shape[1]:  # the same numbers from the Gram matrices, which are then the smaller ones
        k, m = x @ x.T, y @ y.T
        return float((k * m).sum() / (k.norm() * m.norm()))
    return float((y.T @ x).square().sum() / ((x.T @ x).norm() * (y.T @ y).norm()))


def mean_cosine(base: Tensor, checkpoint: Tensor) -> float:
    """Mean over tokens of the cosine between the two models' states (tokens, width)."""
    return float(torch.cosine_similarity(base.double(), checkpoint.double(), dim=-1).mean())


def pca_shift(base: Tensor, checkpoint: Tensor) -> Tensor:
    """Shift of the mean state along the base's first two principal components, float64 (2,) (arXiv 2507.00432).

    Components of the base's centred states (tokens, width). The sign of a component is arbitrary; it is chosen such
    that the base's mean lies on the positive side.
    """
    x = base.double()
    mean = x.mean(0)
    centred = x - mean
    if len(x) < x.shape[1]:
        values, vectors = torch.linalg.eigh(centred @ centred.T)
        components = centred.T @ vectors[:, -2:] / values[-2:].clamp_min(1e-300).sqrt()
    else:
        components = torch.linalg.eigh(centred.T @ centred).eigenvectors[:, -2:]
    components = components.flip(1)
    components = torch.where(mean @ components < 0, -components, components)
    return (checkpoint.double().mean(0) - mean) @ components


def unrelated_texts(tokenizer: PreTrainedTokenizerBase) -> Texts:
    """Paragraphs of plain prose that are unrelated to the benchmark; the first token of each is its prompt."""
    texts = []
    for number, paragraph in enumerate(UNRELATED.read_text(encoding="utf-8").split("\n\n")):
        ids = tokenizer(paragraph.strip())["input_ids"][: UNRELATED_LENGTH + 1]
        texts.append(Text(f"unrelated/{number}", tuple(ids[:1]), tuple(ids[1:])))
    return Texts(item_set="", text="unrelated", texts=tuple(texts))


def spread(texts: Texts, max_tokens: int = MAX_TOKENS) -> Texts:
    """Evenly spaced texts of a set, with at most `max_tokens` completion tokens in total."""
    stride = max(1, -(-texts.tokens // max_tokens))
    kept: list[Text] = []
    total = 0
    for text in texts.texts[::stride]:
        total += len(text.completion)
        if kept and total > max_tokens:
            break
        kept.append(text)
    return Texts(texts.item_set, texts.text, tuple(kept))


def layer_states(
    model: PreTrainedModel,
    texts: Texts,
    *,
    batch_tokens: int = BATCH_TOKENS,
    readings: Sequence[Readable] | None = None,
) -> list[Tensor]:
    """States (tokens, width) after the embedding and after every layer, at the completion tokens of all texts.

    The last are those after the final norm, if the model returns them that way. Padding is removed before anything is
    computed from them. All states are held in memory, so keep the texts short (`spread`). With `readings`, one per
    text, the model is given their ids, and only measured tokens have states. Empty if there are none.
    """
    readings = texts.texts if readings is None else readings
    if not any(len(each.read) for each in readings):
        return []
    parts: list[list[Tensor]] = []
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for index in batches_of(texts.texts, batch_tokens):
                parts += in_fitting_batches(model, [readings[i] for i in index], partial(_states_of_batch, model))
    finally:
        model.train(was_training)
    return [torch.cat(layer) for layer in zip(*parts, strict=True)]


def _states_of_batch(model: PreTrainedModel, batch: Sequence[Readable], ids: Tensor) -> list[Tensor]:
    """States of every layer at the tokens of a batch that are read."""
    output = model.base_model(ids, use_cache=False, output_hidden_states=True)
    if output.hidden_states is None:
        raise CheckpointError(
            f"{type(model).__name__} does not return its hidden states",
            remedy="use a decoder-only causal language model (AutoModelForCausalLM)",
            path=model.name_or_path,
        )
    # The last completion token is never read, only predicted, so it has no state.
    return [
        torch.cat([states_at(states[row], each.read) for row, each in enumerate(batch)])
        for states in (by_token(each, ids.shape) for each in output.hidden_states)
    ]


def by_token(states: Tensor, shape: tuple[int, ...]) -> Tensor:
    """A layer's states (rows, tokens, width) of inputs with this shape.

    A few architectures carry several residual streams per token, before the tokens (Gemma 3n) or after them; these are
    joined to one wide state.
    """
    rows, tokens = shape
    if states.dim() == 4 and states.shape[1:3] == (rows, tokens) and states.shape[:2] != (rows, tokens):
        states = states.movedim(0, 2)
    return states.reshape(rows, tokens, -1)


def shift_of_states(
    base: list[Tensor], checkpoint: list[Tensor], texts: Texts, *, model: str, step: int
) -> pl.DataFrame:
    """The rows of `representation_shift` from both models' layer states on `texts` (a result of `spread`)."""
    if not checkpoint:
        return REPRESENTATION_SHIFT.computed_schema.to_frame()
    if [layer.shape for layer in base] != [layer.shape for layer in checkpoint]:
        raise CheckpointError(
            f"{model}/{step} and its base differ in width or depth ({len(checkpoint)} and {len(base)} states)",
            remedy="give the base that this checkpoint was trained from (--base FOLDER)",
        )
    moves = [pca_shift(x, y) for x, y in zip(base, checkpoint, strict=True)]
    layers = pl.DataFrame(
        {
            "layer": range(len(base)),
            "tokens": [len(layer) for layer in base],
            "cka": [linear_cka(x, y) for x, y in zip(base, checkpoint, strict=True)],
            "cosine": [mean_cosine(x, y) for x, y in zip(base, checkpoint, strict=True)],
            "pca_shift": [float(move.norm()) for move in moves],
            "pca_shift_of_mean": [None] * len(moves),
        },
        schema_overrides={"pca_shift_of_mean": pl.Float64},
    )
    together = layers.select(
        layer=pl.lit(ALL_LAYERS, pl.Int64),
        tokens=pl.col("tokens").first(),
        cka=pl.col("cka").mean(),
        cosine=pl.col("cosine").mean(),
        pca_shift=pl.col("pca_shift").mean(),
        pca_shift_of_mean=pl.lit(float(torch.stack(moves).mean(0).norm())),
    )
    types = sorted({str(layers[0].dtype).removeprefix("torch.") for layers in (base, checkpoint)})
    keys = {
        "model": model,
        "step": step,
        "text": texts.text,
        "texts": texts.digest,
        "dtype": ", ".join(types),
    }
    return REPRESENTATION_SHIFT.conform(
        pl.concat([layers, together]).with_columns(**{name: pl.lit(value) for name, value in keys.items()})
    )
