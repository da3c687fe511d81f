"""One pass of two models over the same texts: every measure at every token, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from skillprobe_core.errors import StoreError

from .base_states import BaseStates
from .compared_texts import Texts
from .divergence_measure import TokenValues
from .hidden_states import BATCH_TOKENS, batches_of, final_states
from .logit_blocks import measure_states
from .output_projection import head_of
from .shared_vocabulary import shared_vocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def token_measures(
    base: PreTrainedModel | BaseStates,
    checkpoint: PreTrainedModel | BaseStates,
    texts: Texts,
    *,
    batch_tokens: int = BATCH_TOKENS,
) -> Iterator[tuple[int, TokenValues]]:
    """Every measure at every completion token: (index of the text, name to fp32 values), longest texts first.

    One forward pass of each side whose states are not given. Memory does not grow with the number of texts. Texts
    without completion tokens are left out.
    """
    heads = []
    for side in (base, checkpoint):
        if isinstance(side, BaseStates) and side.texts != texts.digest:
            raise StoreError(
                f"the given states were computed on texts {side.texts}, not on {texts.digest}",
                remedy="compute the states on these texts with `base_states`",
            )
        heads.append(side.head if isinstance(side, BaseStates) else head_of(side))
    # If one side is a model on a GPU, the other's stored head is moved there.
    device = heads[0 if isinstance(checkpoint, BaseStates) else 1].weight.device
    vocabulary = shared_vocabulary(heads[0].vocabulary, heads[1].vocabulary, texts)
    base_head, head = (each.first(vocabulary).to(device) for each in heads)
    for index, base_states, states in zip(
        batches_of(texts.texts, batch_tokens),
        _batches(base, texts, batch_tokens),
        _batches(checkpoint, texts, batch_tokens),
        strict=True,
    ):
        token = torch.tensor([t for i in index for t in texts.texts[i].completion])
        measured = measure_states(base_head, base_states, head, states, token)
        start = 0
        for i in index:
            end = start + len(texts.texts[i].completion)
            yield i, {name: value[start:end].numpy() for name, value in measured.items()}
            start = end


def _batches(side: PreTrainedModel | BaseStates, texts: Texts, batch_tokens: int) -> Iterator[Tensor]:
    """One side's states, batch by batch; the batches are the same for both sides, so equal weights give equal bits."""
    if isinstance(side, BaseStates):
        yield from (side.of(index) for index in batches_of(texts.texts, batch_tokens))
    else:
        yield from (batch.states for batch in final_states(side, texts, batch_tokens=batch_tokens))
