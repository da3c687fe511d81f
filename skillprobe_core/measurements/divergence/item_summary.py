"""Summary of an item's token measures in one row: means over its tokens, and the item measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .divergence_measure import ItemMeasure, ItemTokens, TokenValues
from .divergence_registry import MEASURES
from .token_texts import Text

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Row = dict[str, Any]


def item_row(texts: list[Text], values: list[TokenValues], text: str, tokenizer: PreTrainedTokenizerBase) -> Row:
    """One row of `logit_divergence` from the item's texts (one per sample) and their measures.

    All tokens have equal weight, whichever text they come from. Without tokens the measures are null.
    """
    tokens = sum(len(each.measured) for each in texts)
    row: Row = {
        "item_id": texts[0].item_id,
        "tokens": tokens,
        "tokens_left_out": sum(len(each.left_out) for each in texts),
    }
    if not tokens:
        return row
    together = {name: np.concatenate([part[name] for part in values]).astype(np.float64) for name in values[0]}
    item = ItemTokens(texts, values, together, text, tokenizer)
    for measure in MEASURES:
        if isinstance(measure, ItemMeasure):
            row[measure.name] = measure.function(item)
        elif measure.of_item:
            row[measure.name] = float(together[measure.name].mean())
    return row
