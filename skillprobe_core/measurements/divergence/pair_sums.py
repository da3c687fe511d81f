"""Sums over the vocabulary from which the divergences of two distributions follow, in one sequence of passes."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor

# exp is applied to distances up to this one; the terms that need it have reached their limits there.
FAR = 80.0
# Below this distance ψ is the first term of its series, since its closed form loses digits; both are within 2e-6 x.
NEAR = 2.0**-4
NEAR_GROWTH = math.expm1(NEAR)
NEAR_MIXING = 2 * math.log(math.cosh(NEAR / 2))


@dataclass(frozen=True, slots=True)
class PairSums:
    """Sums over the vocabulary for each token (tokens,), with m = q − p and d = log q − log p.

    base_log_sum, checkpoint_log_sum: log Σ exp(z − max z), z the logits. jeffreys: Σ m d, both KL divergences together;
    near_jeffreys: the same with d within ±80. asymmetry: Σ m ψ(d), reverse minus forward KL, where ψ(d) is
    d coth(d/2) − 2. mixed: 2 Σ (p + q) log cosh(d/2), d within ±80. distance: Σ |m|. surplus: Σ m, which is the error
    of the normalisers in d. lead: Σ ± max(p, q) with the sign of d. drift: Σ m (z − max z), z the base's logits.
    """

    base_log_sum: Tensor
    checkpoint_log_sum: Tensor
    base_entropy: Tensor
    checkpoint_entropy: Tensor
    jeffreys: Tensor
    near_jeffreys: Tensor
    asymmetry: Tensor
    mixed: Tensor
    distance: Tensor
    surplus: Tensor
    lead: Tensor
    drift: Tensor

    def rows(self, start: int, end: int) -> PairSums:
        """The sums of a range of the tokens."""
        return PairSums(*(getattr(self, each.name)[start:end] for each in fields(self)))


class Scratch:
    """Memory for the passes over one block of logits, which the next block uses again.

    New memory would cost more than a pass: a buffer that is still in the cache is read and written three times as fast.
    """

    def __init__(self) -> None:
        self._buffers: list[Tensor] = []

    def like(self, logits: Tensor, count: int) -> tuple[Tensor, ...]:
        """`count` buffers of this shape, number type and device, with arbitrary contents."""
        kept = self._buffers
        if len(kept) < count or kept[0].device != logits.device or kept[0].numel() < logits.numel():
            self._buffers = kept = [logits.new_empty(logits.numel()) for _ in range(count)]
        return tuple(buffer[: logits.numel()].view(logits.shape) for buffer in kept[:count])


def pair_sums(
    base: Tensor, checkpoint: Tensor, base_first: Tensor, checkpoint_first: Tensor, scratch: Scratch
) -> PairSums:
    """The sums for two blocks of fp32 logits (tokens, vocabulary), given the place of each row's maximum (tokens, 1).

    With x = |d|, y = exp(x) − 1 and w = y / (1 + y) = 1 − exp(−x), none of these subtracts close numbers:
    |m| = max(p, q) w, 2 log cosh(x/2) = log(1 + y w / 4), ψ = x + 2x/y − 2 where x is not near 0, and x²/6 where it is.
    """
    p, q, below, d, x, y, w, both = scratch.like(base, 8)
    base_top, checkpoint_top = base.gather(1, base_first), checkpoint.gather(1, checkpoint_first)
    torch.sub(base, base_top, out=below)
    p_log_sum = _normalise(torch.exp(below, out=p))
    p_entropy = p_log_sum.squeeze(1) - torch.mul(p, below, out=d).sum(-1)
    torch.sub(checkpoint, checkpoint_top, out=d)
    q_log_sum = _normalise(torch.exp(d, out=q))
    q_entropy = q_log_sum.squeeze(1) - d.mul_(q).sum(-1)
    torch.sub(checkpoint, base, out=d)  # exact where the logits are close
    d.sub_(((checkpoint_top - base_top) + (q_log_sum - p_log_sum)).float())

    zero = d.new_zeros(())
    torch.abs(d, out=x)
    # On a device a look at the values would wait for it, and the clamp costs less.
    beyond = x.device.type != "cpu" or bool(x.amax() > FAR)
    torch.expm1(x.clamp(max=FAR) if beyond else x, out=y)
    torch.div(y, torch.add(y, 1, out=w), out=w)
    torch.add(p, q, out=both)
    m = torch.maximum(p, q, out=q).copysign_(d)
    lead = m.sum(-1)
    m.mul_(w)
    surplus, distance = m.sum(-1), torch.abs(m, out=p).sum(-1)
    drift = below.mul_(m).sum(-1)
    jeffreys = torch.mul(m, d, out=p).sum(-1)
    near_jeffreys = d.clamp_(-FAR, FAR).mul_(m).sum(-1) if beyond else jeffreys
    mixing = torch.addcmul(zero, w, y, value=0.25, out=w).log1p_()
    mixed = both.mul_(mixing).sum(-1)

    # ψ as min(series, its value at NEAR) + max(closed form, its value at NEAR) − that value.
    closed = _closed(x.clamp_(min=NEAR), y.clamp_(min=NEAR_GROWTH), out=y)
    at_near = _closed(zero + NEAR, zero + NEAR_GROWTH, out=zero)
    psi = closed.sub_(at_near).add_(mixing.clamp_(max=NEAR_MIXING), alpha=2 / 3)
    asymmetry = psi.mul_(m).sum(-1)
    return PairSums(
        base_log_sum=p_log_sum.squeeze(1).float(),
        checkpoint_log_sum=q_log_sum.squeeze(1).float(),
        base_entropy=p_entropy.float(),
        checkpoint_entropy=q_entropy.float(),
        jeffreys=jeffreys,
        near_jeffreys=near_jeffreys,
        asymmetry=asymmetry,
        mixed=mixed,
        distance=distance,
        surplus=surplus,
        lead=lead,
        drift=drift,
    )


def _normalise(weights: Tensor) -> Tensor:
    """Divide rows by their sums, in place; returns the logarithms of the sums in float64 (tokens, 1)."""
    total = weights.sum(-1, keepdim=True)
    weights.mul_(total.reciprocal())
    return total.double().log_()


def _closed(x: Tensor, y: Tensor, out: Tensor) -> Tensor:
    """x + 2x/y = ψ + 2: by the same operations at NEAR as everywhere, so that ψ's far part is exactly 0 below it."""
    return torch.addcdiv(x, x, y, value=2, out=out)
