"""Measures at one token: pure functions on two blocks of fp32 logits, and the list of them.

p is the base's distribution over the vocabulary, q the checkpoint's; all divergences are in nats. They are sums of
terms in d = log q − log p that are never negative and keep full precision for small d:
with x = |d| and w = 1 − exp(−x), and h the larger of p and q,

    Σ p (exp(d) − 1 − d)       forward KL: h·(w − x(1 − w)) where d > 0, h·(x − w) elsewhere
    Σ q (exp(−d) − 1 + d)      reverse KL: the same with the two cases exchanged
    ½ Σ |p − q|                total variation: ½ Σ h·w

Since Σp = Σq = 1 the first two equal Σ p log(p/q) and Σ q log(q/p); an error common to all logits cancels to first
order. exp is only applied to arguments that are not positive, so nothing overflows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

LN2 = math.log(2.0)
SERIES_BELOW = 0.5  # where the closed forms above begin to cancel, a Taylor series takes over
_FALL = (1 / 2, -1 / 6, 1 / 24, -1 / 120, 1 / 720, -1 / 5040, 1 / 40320)  # (x − w) / x²
_RISE = (1 / 2, -1 / 3, 1 / 8, -1 / 30, 1 / 144, -1 / 840, 1 / 5760)  # (w − x (1 − w)) / x²
_MIX = (1 / 8, -1 / 16, 1 / 64, -1 / 384, 1 / 2304, -1 / 11520, 1 / 92160)  # the term of JS below, by x²


def _series(x: Tensor, coefficients: tuple[float, ...], otherwise: Tensor) -> Tensor:
    value = torch.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value = value.mul_(x).add_(coefficient)
    return torch.where(x < SERIES_BELOW, value.mul_(x).mul_(x), otherwise)


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
        return _series(self.distance, _FALL, self.distance - self.loss).mul_(self.larger)

    @cached_property
    def rising(self) -> Tensor:
        """h (w − x (1 − w)): the KL term of the model with the smaller probability."""
        return _series(self.distance, _RISE, self.loss - self.distance * (1 - self.loss)).mul_(self.larger)


def forward_kl(pair: LogitPair) -> Tensor:
    """Σ p log(p/q), the measure that predicts forgetting in RL's Razor (arXiv 2509.04259)."""
    return torch.where(pair.gained, pair.rising, pair.falling).sum(-1)


def reverse_kl(pair: LogitPair) -> Tensor:
    """Σ q log(q/p), as in arXiv 2507.00432."""
    return torch.where(pair.gained, pair.falling, pair.rising).sum(-1)


def js(pair: LogitPair) -> Tensor:
    """Jensen–Shannon divergence ½ KL(p‖m) + ½ KL(q‖m), m the mean of p and q (Lin 1991); at most ln 2.

    Both halves together are Σ ½h ((2 − w) log(2 / (2 − w)) − x (1 − w)), again without a negative term.
    """
    other = 2 - pair.loss
    closed = (other * (LN2 - other.log()) - pair.distance * (1 - pair.loss)) / 2
    return _series(pair.distance, _MIX, closed).mul_(pair.larger).sum(-1)


def tv(pair: LogitPair) -> Tensor:
    """Total variation distance ½ Σ |p − q|, at most 1."""
    return (pair.larger * pair.loss).sum(-1) / 2


def base_entropy(pair: LogitPair) -> Tensor:
    """H(p) = −Σ p log p."""
    return -(pair.log_p.exp() * pair.log_p).sum(-1)


def entropy_change(pair: LogitPair) -> Tensor:
    """H(q) − H(p); if the two are close, computed as −Σ (q − p)(log p + H(p)) − KL(q‖p), which is accurate there."""
    before, reverse = base_entropy(pair), reverse_kl(pair)
    moved = pair.larger * torch.where(pair.gained, pair.loss, -pair.loss)
    close = -(moved * (pair.log_p + before.unsqueeze(-1))).sum(-1) - reverse
    return torch.where(reverse < 0.1, close, -(pair.log_q.exp() * pair.log_q).sum(-1) - before)


def top1_agreement(pair: LogitPair) -> Tensor:
    """1 if both models rank the same token first, else 0."""
    return (pair.base.argmax(-1) == pair.checkpoint.argmax(-1)).to(torch.float32)


def top10_overlap(pair: LogitPair) -> Tensor:
    """Share of the ten most probable tokens that both models have in common."""
    best = min(10, pair.base.shape[1])
    one, two = (logits.topk(best, -1).indices for logits in (pair.base, pair.checkpoint))
    return (one.unsqueeze(-1) == two.unsqueeze(-2)).sum((-1, -2)) / best


def _rank(logits: Tensor, token: Tensor) -> Tensor:
    return (logits > logits.gather(1, token.unsqueeze(1))).sum(-1).to(torch.float32)


def base_rank(pair: LogitPair) -> Tensor:
    """Rank of the text's token under the base, minus 1: the number of tokens that the base finds more probable."""
    return _rank(pair.base, pair.token)


def checkpoint_rank(pair: LogitPair) -> Tensor:
    """Rank of the text's token under the checkpoint, minus 1."""
    return _rank(pair.checkpoint, pair.token)


def base_log_prob(pair: LogitPair) -> Tensor:
    """log p of the text's token."""
    return pair.log_p.gather(1, pair.token.unsqueeze(1)).squeeze(1)


def checkpoint_log_prob(pair: LogitPair) -> Tensor:
    """log q of the text's token."""
    return pair.log_q.gather(1, pair.token.unsqueeze(1)).squeeze(1)


Measure = Callable[[LogitPair], Tensor]

MEASURES: dict[str, Measure] = {
    "forward_kl": forward_kl,
    "reverse_kl": reverse_kl,
    "js": js,
    "tv": tv,
    "base_entropy": base_entropy,
    "entropy_change": entropy_change,
    "top1_agreement": top1_agreement,
    "top10_overlap": top10_overlap,
    "base_rank": base_rank,
    "checkpoint_rank": checkpoint_rank,
    "base_log_prob": base_log_prob,
    "checkpoint_log_prob": checkpoint_log_prob,
}
