"""Pairing of a checkpoint's tensors with its base's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch

from skillprobe_core.runs.tensor_pairs import Pair, pairs_of

from .compared_weights import Side


def pair_tensors(base: Side, checkpoint: Side) -> list[Pair]:
    """Every tensor of either side, matched by canonical name (see `pairs_of`), in the order of the checkpoint's names.

    A head that the base ties to its embedding and that the checkpoint stores as a copy counts once.
    """
    pairs = pairs_of(base.model, checkpoint.model)
    twice = {head: embedding for head, embedding in base.model.tied.items() if _is_copy(checkpoint, head, embedding)}
    return [_as_tied(pair, checkpoint, twice) for pair in pairs if not (pair.key in twice and pair.lacking)]


def _is_copy(checkpoint: Side, head: str, embedding: str) -> bool:
    """True if the checkpoint stores both, with the same values."""
    if head not in checkpoint.model.tensors or embedding not in checkpoint.model.tensors:
        return False
    one, other = checkpoint.tensor(head), checkpoint.tensor(embedding)
    return one is not None and other is not None and one.shape == other.shape and torch.equal(one, other)


def _as_tied(pair: Pair, checkpoint: Side, twice: Mapping[str, str]) -> Pair:
    if pair.key not in twice or pair.tensor is None:
        return pair
    return replace(pair, status="tied", tied_to=checkpoint.model.tensors[twice[pair.key]].name)
