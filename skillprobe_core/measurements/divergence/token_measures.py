"""Measures at one token: pure functions on two blocks of fp32 logits; the files in `measures/` declare them.

p is the base's distribution over the vocabulary, q the checkpoint's; all divergences are in nats. They are sums of
terms in d = log q − log p that are never negative and keep full precision for small d:
with x = |d| and w = 1 − exp(−x), and h the larger of p and q,

    Σ p (exp(d) − 1 − d)       forward KL: h·(w − x(1 − w)) where d > 0, h·(x − w) elsewhere
    Σ q (exp(−d) − 1 + d)      reverse KL: the same with the two cases exchanged
    ½ Σ |p − q|                total variation: ½ Σ h·w

Since Σp = Σq = 1 the first two equal Σ p log(p/q) and Σ q log(q/p); an error common to all logits cancels to first
order. exp is only applied to arguments that are not positive, so nothing overflows.

The registry is also read where no model is, so this file imports torch for its types only. The functions use the
methods of tensors; one that needs another function of torch imports it in its body.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .series import MIX, series

if TYPE_CHECKING:
    from torch import Tensor

    from .logit_pair import LogitPair

LN2 = math.log(2.0)


def forward_kl(pair: LogitPair) -> Tensor:
    """Σ p log(p/q), the measure that predicts forgetting in RL's Razor (arXiv 2509.04259)."""
    return pair.rising.where(pair.gained, pair.falling).sum(-1)


def reverse_kl(pair: LogitPair) -> Tensor:
    """Σ q log(q/p), as in arXiv 2507.00432."""
    return pair.falling.where(pair.gained, pair.rising).sum(-1)


def js(pair: LogitPair) -> Tensor:
    """Jensen–Shannon divergence ½ KL(p‖m) + ½ KL(q‖m), m the mean of p and q (Lin 1991); at most ln 2.

    Both halves together are Σ ½h ((2 − w) log(2 / (2 − w)) − x (1 − w)), again without a negative term.
    """
    other = 2 - pair.loss
    closed = (other * (LN2 - other.log()) - pair.distance * (1 - pair.loss)) / 2
    return series(pair.distance, MIX, closed).mul_(pair.larger).sum(-1)


def tv(pair: LogitPair) -> Tensor:
    """Total variation distance ½ Σ |p − q|, at most 1."""
    return (pair.larger * pair.loss).sum(-1) / 2


def base_entropy(pair: LogitPair) -> Tensor:
    """H(p) = −Σ p log p."""
    return -(pair.log_p.exp() * pair.log_p).sum(-1)


def entropy_change(pair: LogitPair) -> Tensor:
    """H(q) − H(p); if the two are close, computed as −Σ (q − p)(log p + H(p)) − KL(q‖p), which is accurate there."""
    before, reverse = base_entropy(pair), reverse_kl(pair)
    moved = pair.larger * pair.loss.where(pair.gained, -pair.loss)
    close = -(moved * (pair.log_p + before.unsqueeze(-1))).sum(-1) - reverse
    return close.where(reverse < 0.1, -(pair.log_q.exp() * pair.log_q).sum(-1) - before)


def top1_agreement(pair: LogitPair) -> Tensor:
    """1 if both models rank the same token first, else 0."""
    return (pair.base.argmax(-1) == pair.checkpoint.argmax(-1)).float()


def top10_overlap(pair: LogitPair) -> Tensor:
    """Share of the ten most probable tokens that both models have in common."""
    best = min(10, pair.base.shape[1])
    one, two = (logits.topk(best, -1).indices for logits in (pair.base, pair.checkpoint))
    return (one.unsqueeze(-1) == two.unsqueeze(-2)).sum((-1, -2)) / best


def _rank(logits: Tensor, token: Tensor) -> Tensor:
    return (logits > logits.gather(1, token.unsqueeze(1))).sum(-1).float()


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
