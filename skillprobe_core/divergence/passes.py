"""One pass of two models over the same texts: every measure at every token, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from skillprobe_core.errors import StoreError

from .blocks import measure_states
from .hidden import BATCH_TOKENS, batches_of, final_states
from .projection import head_of
from .states import BaseStates
from .summary import TokenValues
from .texts import Texts
from .vocabulary import shared_vocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def token_measures(
    base: PreTrainedModel | BaseStates,
    checkpoint_model: PreTrainedModel,
    texts: Texts,
    *,
    batch_tokens: int = BATCH_TOKENS,
) -> Iterator[tuple[int, TokenValues]]:
    """Every measure at every completion token: (index of the text, name to fp32 values), longest texts first.

    One forward pass of the checkpoint, and one of the base where its states are not given. What is held at a time
    does not grow with the number of texts, which without tokens are left out.
    """
    if isinstance(base, BaseStates) and base.texts != texts.digest:
        raise StoreError(
            f"the base's states were computed on texts {base.texts}, not on {texts.digest}",
            remedy="compute the base's states again on these texts",
        )
    head = head_of(checkpoint_model)
    base_head = base.head if isinstance(base, BaseStates) else head_of(base)
    vocabulary = shared_vocabulary(base_head.vocabulary, head.vocabulary, texts)
    base_head, head = base_head.first(vocabulary).to(head.weight.device), head.first(vocabulary)
    for batch, base_states in zip(
        final_states(checkpoint_model, texts, batch_tokens=batch_tokens),
        _base_batches(base, texts, batch_tokens),
        strict=True,
    ):
        token = torch.tensor([t for i in batch.index for t in texts.texts[i].completion])
        measured = measure_states(base_head, base_states, head, batch.states, token)
        start = 0
        for i in batch.index:
            end = start + len(texts.texts[i].completion)
            yield i, {name: value[start:end].numpy() for name, value in measured.items()}
            start = end


def _base_batches(base: PreTrainedModel | BaseStates, texts: Texts, batch_tokens: int) -> Iterator[Tensor]:
    """The base's states in the batches of the checkpoint's: the same weights then give the same, bit for bit."""
    if isinstance(base, BaseStates):
        yield from (base.of(index) for index in batches_of(texts.texts, batch_tokens))
    else:
        yield from (batch.states for batch in final_states(base, texts, batch_tokens=batch_tokens))
