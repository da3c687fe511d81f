"""The `logit_divergence` table: a checkpoint's output distribution against its base's, item by item."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
import torch
from torch import Tensor

from skillprobe_core.errors import StoreError
from skillprobe_core.store.tables.logit_divergence import LOGIT_DIVERGENCE

from .blocks import measure_states
from .hidden import BATCH_TOKENS, final_states
from .projection import head_of, output_layer
from .states import BaseStates, base_states
from .texts import Texts, reference_texts
from .vocabulary import check_same_tokenizer, shared_vocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def logit_divergence(
    base_model: PreTrainedModel | BaseStates,
    checkpoint_model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    items: pl.DataFrame,
    *,
    model: str,
    step: int,
    text_source: str = "reference",
    base_tokenizer: PreTrainedTokenizerBase | None = None,
    batch_tokens: int = BATCH_TOKENS,
) -> pl.DataFrame:
    """Rows of table `logit_divergence` for checkpoint `model`/`step`: one per item of `items` (table `items`).

    The base is given as a model or, sparing its forward pass, as its states on the same texts. `tokenizer` is the
    checkpoint's; with `base_tokenizer` the two are compared first. Exact over the vocabulary that both models have,
    completion tokens only, means over each item's tokens, in nats.

    Raises CheckpointError where the two cannot be compared (tokenizer, vocabulary, weights that are not finite) and
    StoreError where the states were computed on other texts.
    """
    if text_source != "reference":
        raise ValueError(f"text source {text_source!r}")
    if base_tokenizer is not None:
        check_same_tokenizer(base_tokenizer, tokenizer, [*items["prompt"], *items["reference"]])
    texts = reference_texts(tokenizer, items)
    if not isinstance(base_model, BaseStates):
        base_model = base_states(base_model, texts, batch_tokens=batch_tokens)
    rows = []
    for i, values in token_measures(base_model, checkpoint_model, texts, batch_tokens=batch_tokens):
        means = {name: float(value.double().mean()) for name, value in values.items()}
        rows.append({"index": i, "item_id": texts.texts[i].item_id, "tokens": len(texts.texts[i].completion), **means})
    frame = pl.DataFrame(rows).sort("index").drop("index")
    return LOGIT_DIVERGENCE.conform(
        frame.with_columns(
            model=pl.lit(model),
            step=pl.lit(step),
            item_set=pl.lit(texts.item_set),
            text_source=pl.lit(texts.source),
            vocabulary=pl.lit(
                shared_vocabulary(base_model.head.vocabulary, output_layer(checkpoint_model).out_features, texts)
            ),
        )
    )


def token_measures(
    base: BaseStates, checkpoint_model: PreTrainedModel, texts: Texts, *, batch_tokens: int = BATCH_TOKENS
) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Every measure at every completion token: (index of the text, name to fp32 values), in no special order.

    One forward pass of the checkpoint; what is held at a time does not grow with the number of texts.
    """
    if base.texts != texts.digest:
        raise StoreError(
            f"the base's states were computed on texts {base.texts}, not on {texts.digest}",
            remedy="compute the base's states again on these texts",
        )
    head = head_of(checkpoint_model)
    vocabulary = shared_vocabulary(base.head.vocabulary, head.vocabulary, texts)
    heads = base.head.first(vocabulary).to(head.weight.device), head.first(vocabulary)
    for batch in final_states(checkpoint_model, texts, batch_tokens=batch_tokens):
        lengths = [len(texts.texts[i].completion) for i in batch.index]
        token = torch.tensor([t for i in batch.index for t in texts.texts[i].completion])
        values = measure_states(heads[0], base.of(batch.index), heads[1], batch.states, token)
        for place, i in enumerate(batch.index):
            start = sum(lengths[:place])
            yield i, {name: value[start : start + lengths[place]] for name, value in values.items()}
