"""Two models' logits at the same tokens: the input of every measure at one token."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from .series import FALL, RISE, series


def _log_normaliser(logits: Tensor) -> Tensor:
    """log Σ exp(logits) as float64 (tokens, 1): total variation is sensitive to its error to first order."""
    top = logits.amax(-1, keepdim=True)
    return (logits - top).exp_().sum(-1, keepdim=True, dtype=torch.float64).log_().add_(top)


class LogitPair:
    """Two models' logits at the same tokens, with quantities that several measures share, computed on first use.

    base, checkpoint: fp32 logits (tokens, vocabulary); token: the text's own next token, int64 (tokens,).
    """

    def __init__(self, base: Tensor, checkpoint: Tensor, token: Tensor) -> None:
        self.base = base
        self.checkpoint = checkpoint
        self.token = token

    def rows(self, start: int, end: int) -> LogitPair:
        """A range of the tokens."""
        return LogitPair(self.base[start:end], self.checkpoint[start:end], self.token[start:end])

    @cached_property
    def log_p(self) -> Tensor:
        """log p (tokens, vocabulary)."""
        return self.base.log_softmax(-1)

    @cached_property
    def log_q(self) -> Tensor:
        """log q (tokens, vocabulary)."""
        return self.checkpoint.log_softmax(-1)

    @cached_property
    def log_ratio(self) -> Tensor:
        """d = log q − log p: the difference of the logits (exact if they are close) minus that of the normalisers."""
        shift = _log_normaliser(self.checkpoint) - _log_normaliser(self.base)
        return (self.checkpoint - self.base).sub_(shift)

    @cached_property
    def distance(self) -> Tensor:
        """x = |d|."""
        return self.log_ratio.abs()

    @cached_property
    def loss(self) -> Tensor:
        """w = 1 − exp(−x): the relative difference of the two probabilities."""
        return torch.expm1(-self.distance).neg_()

    @cached_property
    def larger(self) -> Tensor:
        """h = max(p, q)."""
        return torch.maximum(self.log_p, self.log_q).exp_()

    @cached_property
    def gained(self) -> Tensor:
        """Mask of the tokens with q > p."""
        return self.log_ratio > 0

    @cached_property
    def falling(self) -> Tensor:
        """h (x − w): the KL term of the model with the larger probability."""
        return series(self.distance, FALL, self.distance - self.loss).mul_(self.larger)

    @cached_property
    def rising(self) -> Tensor:
        """h (w − x (1 − w)): the KL term of the model with the smaller probability."""
        return series(self.distance, RISE, self.loss - self.distance * (1 - self.loss)).mul_(self.larger)
