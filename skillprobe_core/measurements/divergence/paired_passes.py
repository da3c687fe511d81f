"""One pass of two models over the same texts: every measure at every token, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from skillprobe_core.errors import StoreError

from .aligned_texts import AlignedTexts
from .base_states import BaseStates
from .divergence_measure import TokenValues
from .hidden_states import BATCH_TOKENS, batches_of, final_states
from .logit_blocks import measure_states
from .output_projection import Head, head_of
from .token_texts import Readable, Texts

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def token_measures(
    base: PreTrainedModel | BaseStates,
    checkpoint: PreTrainedModel | BaseStates,
    aligned: AlignedTexts,
    *,
    batch_tokens: int = BATCH_TOKENS,
    device: torch.device | None = None,
) -> Iterator[tuple[int, TokenValues]]:
    """Every measure at every measured token: (index of the text, name to fp32 values), longest texts first.

    One forward pass of each side whose states are not given. Memory does not grow with the number of texts. Texts
    without completion tokens are left out. `device` computes the logits (default: the one that a head is on).
    """
    texts = aligned.texts
    heads = []
    for side in (base, checkpoint):
        if isinstance(side, BaseStates) and side.texts != texts.digest:
            raise StoreError(
                f"the given states were computed on texts {side.texts}, not on {texts.digest}",
                remedy="compute the states on these texts with `base_states`",
            )
        heads.append(side.head if isinstance(side, BaseStates) else head_of(side))
    if device is None:
        # If one side's head is on a GPU, the other's stored head is moved there.
        device = max((head.weight.device for head in heads), key=lambda of: of.type != "cpu")
    shared = aligned.shared
    base_head, base_outside = _divided(heads[0], shared.base, shared.missing, device)
    head, outside = _divided(heads[1], shared.checkpoint, shared.new, device)
    for index, base_states, states in zip(
        batches_of(texts.texts, batch_tokens),
        _batches(base, texts, aligned.base, batch_tokens),
        _batches(checkpoint, texts, aligned.checkpoint, batch_tokens),
        strict=True,
    ):
        token = torch.from_numpy(np.concatenate([aligned.columns[i] for i in index]))
        measured = measure_states(
            base_head, base_states, head, states, token, base_outside=base_outside, checkpoint_outside=outside
        )
        start = 0
        for i in index:
            end = start + len(aligned.columns[i])
            yield i, {name: value[start:end].numpy() for name, value in measured.items()}
            start = end


def _divided(head: Head, shared: Sequence[int], rest: Sequence[int], device: torch.device) -> tuple[Head, Head | None]:
    """The projection to the compared tokens, and that to the others, if there are any."""
    return head.of_rows(shared).to(device), head.of_rows(rest).to(device) if len(rest) else None


def _batches(
    side: PreTrainedModel | BaseStates, texts: Texts, readings: Sequence[Readable], batch_tokens: int
) -> Iterator[Tensor]:
    """One side's states, batch by batch; the batches are the same for both sides, so equal weights give equal bits."""
    if isinstance(side, BaseStates):
        yield from (side.of(index, texts) for index in batches_of(texts.texts, batch_tokens))
    else:
        yield from (batch.states for batch in final_states(side, texts, batch_tokens=batch_tokens, readings=readings))
