"""Measures at one token: pure functions on two blocks of fp32 logits; the files in `measures/` declare them.

p is the base's distribution over the vocabulary, q the checkpoint's; all divergences are in nats. They are sums of
terms in d = log q − log p that are never negative and keep full precision for small d:

    Σ p (exp(d) − 1 − d)       forward KL: ½ Σ (q − p)(d − ψ), with ψ = d coth(d/2) − 2
    Σ q (exp(−d) − 1 + d)      reverse KL: ½ Σ (q − p)(d + ψ)
    ½ Σ |p − q|                total variation

Since Σp = Σq = 1 the first two equal Σ p log(p/q) and Σ q log(q/p); an error common to all logits cancels to first
order. |q − p| is computed as max(p, q)(1 − exp(−|d|)), which has no cancellation. (q − p) d and (q − p) ψ are second
and third order in d, so both divergences come from one sum of each.

The registry is also read where no model is, so this file imports torch for its types only. The functions use the
methods of tensors; one that needs another function of torch imports it in its body.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from .logit_pair import LogitPair

LN2 = math.log(2.0)


def forward_kl(pair: LogitPair) -> Tensor:
    """Σ p log(p/q), the measure that predicts forgetting in RL's Razor (arXiv 2509.04259)."""
    return (pair.sums.jeffreys - pair.sums.asymmetry) / 2


def reverse_kl(pair: LogitPair) -> Tensor:
    """Σ q log(q/p), as in arXiv 2507.00432."""
    return (pair.sums.jeffreys + pair.sums.asymmetry) / 2


def js(pair: LogitPair) -> Tensor:
    """Jensen–Shannon divergence ½ KL(p‖m) + ½ KL(q‖m), m the mean of p and q (Lin 1991); at most ln 2.

    Both halves together are Σ ¼ (q − p) d − m log cosh(d/2), whose terms are never negative: for small d the second
    part is half of the first, and beyond |d| = 80 their difference has reached its limit.
    """
    return (pair.sums.near_jeffreys - pair.sums.mixed).div(4).clamp(0.0, LN2)


def tv(pair: LogitPair) -> Tensor:
    """Total variation distance ½ Σ |p − q|, at most 1.

    It is of first order in d. So an error of the normalisers, which has added its share of q to each q − p, is taken
    out.
    """
    sums = pair.sums
    return (sums.distance - sums.surplus * (sums.lead + sums.distance / 2)).div(2).clamp(0.0, 1.0)


def base_entropy(pair: LogitPair) -> Tensor:
    """H(p) = −Σ p log p."""
    return pair.sums.base_entropy


def entropy_change(pair: LogitPair) -> Tensor:
    """H(q) − H(p); if the two are close, computed as −Σ (q − p)(log p + H(p)) − KL(q‖p), which is accurate there."""
    sums, reverse = pair.sums, reverse_kl(pair)
    moved = sums.drift + sums.surplus * (sums.base_entropy - sums.base_log_sum)
    return (-moved - reverse).where(reverse < 0.1, sums.checkpoint_entropy - sums.base_entropy)


def top1_agreement(pair: LogitPair) -> Tensor:
    """1 if both models rank the same token first, else 0."""
    return (pair.base_ranking.first == pair.checkpoint_ranking.first).squeeze(1).float()


def top10_overlap(pair: LogitPair) -> Tensor:
    """Share of the ten most probable tokens that both models have in common."""
    one, two = pair.base_ranking.leading, pair.checkpoint_ranking.leading
    return (one.unsqueeze(-1) == two.unsqueeze(-2)).sum((-1, -2)) / one.shape[1]


def base_rank(pair: LogitPair) -> Tensor:
    """Rank of the text's token under the base, minus 1: the number of tokens that the base finds more probable."""
    return pair.base_ranking.rank(pair.token)


def checkpoint_rank(pair: LogitPair) -> Tensor:
    """Rank of the text's token under the checkpoint, minus 1."""
    return pair.checkpoint_ranking.rank(pair.token)


def base_log_prob(pair: LogitPair) -> Tensor:
    """log p of the text's token."""
    return _log_prob(pair.base, pair.base_ranking.first, pair.token) - pair.sums.base_log_sum


def checkpoint_log_prob(pair: LogitPair) -> Tensor:
    """log q of the text's token."""
    return _log_prob(pair.checkpoint, pair.checkpoint_ranking.first, pair.token) - pair.sums.checkpoint_log_sum


def base_mass_outside(pair: LogitPair) -> Tensor:
    """The base's probability of all tokens that are not compared; 0 if all are."""
    return _mass_outside(pair.base, pair.base_ranking.first, pair.sums.base_log_sum, pair.base_outside)


def checkpoint_mass_outside(pair: LogitPair) -> Tensor:
    """The checkpoint's probability of all tokens that are not compared; 0 if all are."""
    return _mass_outside(
        pair.checkpoint, pair.checkpoint_ranking.first, pair.sums.checkpoint_log_sum, pair.checkpoint_outside
    )


def _mass_outside(logits: Tensor, first: Tensor, log_sum: Tensor, outside: Tensor | None) -> Tensor:
    """Σ exp(outside) / (Σ exp(outside) + Σ exp(compared))."""
    if outside is None:
        return log_sum.new_zeros(len(logits))
    return (outside - (log_sum + logits.gather(1, first).squeeze(1))).sigmoid()


def _log_prob(logits: Tensor, first: Tensor, token: Tensor) -> Tensor:
    """The log-probability of the tokens relative to the most probable one."""
    return (logits.gather(1, token.unsqueeze(1)) - logits.gather(1, first)).squeeze(1)
