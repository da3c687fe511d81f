"""Products of half-precision matrices with sums and results in fp32, on devices where they are accurate enough."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

Product = Callable[[Tensor, Tensor], Tensor]

_TOKENS, _WIDTH, _VOCABULARY = 16, 4096, 1024
_LOST = 4.0  # times the error of fp32 products: two bits


def exact_half_products(device: torch.device, dtype: torch.dtype) -> bool:
    """Report if a device multiplies matrices of a half-precision type with sums in fp32 accurately enough.

    Args:
        device: The device; False for every CPU.
        dtype: The type of both matrices.

    Returns:
        True if they lose at most two bits of small KL divergences, compared with products in fp32.
    """
    if device.type != "cuda" or dtype not in {torch.bfloat16, torch.float16} or not torch.cuda.is_available():
        return False
    return _proven(device, dtype)


@cache
def _proven(device: torch.device, dtype: torch.dtype) -> bool:
    try:
        return keeps_divergences(half_product, device, dtype)
    except RuntimeError:  # an older device or library has no such product, or no memory is left
        return False


def half_product(states: Tensor, weight: Tensor, out: Tensor | None = None) -> Tensor:
    """fp32 logits (tokens, vocabulary) of half-precision states (tokens, width) and weights (vocabulary, width)."""
    if out is None:
        return torch.mm(states, weight.T, out_dtype=torch.float32)
    return torch.mm(states, weight.T, out_dtype=torch.float32, out=out)


def keeps_divergences(product: Product, device: torch.device, dtype: torch.dtype) -> bool:
    """Report if a product's KL divergences are nearly as close to those of float64 as those of products in fp32.

    The states are random and moved a little, so that KL is near 1e-5. It is computed in float64 from the logits.

    Args:
        product: Gives logits of states (tokens, width) and weights (vocabulary, width).
        device: The device.
        dtype: The type of states and weights.

    Returns:
        True if the root mean square of its relative errors is at most four times as large.
    """
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(_VOCABULARY, _WIDTH, generator=generator) * (3 / _WIDTH**0.5)
    states = torch.randn(_TOKENS, _WIDTH, generator=generator)
    # A coordinate keeps 8 bits in bfloat16, so a few of them move by a unit of the last one.
    moved = states + (torch.rand(states.shape, generator=generator) < 0.02) * states * 2.0**-7
    weight, states, moved = (each.to(device, dtype) for each in (weight, states, moved))

    def divergences(logits: Product) -> Tensor:
        return _kl(logits(states, weight).double(), logits(moved, weight).double())

    exact = divergences(lambda some, head: some.double() @ head.double().T)
    usual, found = (
        ((divergences(each) - exact) / exact).square().mean().sqrt()
        for each in (lambda some, head: some.float() @ head.float().T, product)
    )
    return bool(found <= _LOST * usual)


def _kl(p_logits: Tensor, q_logits: Tensor) -> Tensor:
    """Σ p log(p/q) in float64, as Σ p (exp(d) − 1 − d)."""
    log_p, log_q = p_logits.log_softmax(-1), q_logits.log_softmax(-1)
    d = log_q - log_p
    return (log_p.exp() * (torch.expm1(d) - d)).sum(-1)
