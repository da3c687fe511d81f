# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, PLR0915
"""The sums of `pair_sums` as one Triton kernel: each program reads the logits of one token twice.

The first loop sums up the weights, the second everything that needs the normalised distributions. Between the two
nothing is written. The formulas are those of `pair_sums`. Triton's exp and log are fast approximations, so exp(x) − 1
and log(1 + x) are series near 0. Only `fused_sums.py` imports this file, since it needs triton, which comes with torch
for CUDA.
"""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def expm1(x):
    """exp(x) − 1 for x ≥ 0, by its series up to x⁹ below 1/2: within 1e-9 of it."""
    series = 1.0 + x * (1.0 / 9.0)
    series = 1.0 + x * (1.0 / 8.0) * series
    series = 1.0 + x * (1.0 / 7.0) * series
    series = 1.0 + x * (1.0 / 6.0) * series
    series = 1.0 + x * (1.0 / 5.0) * series
    series = 1.0 + x * (1.0 / 4.0) * series
    series = 1.0 + x * (1.0 / 3.0) * series
    series = 1.0 + x * (1.0 / 2.0) * series
    return tl.where(x < 0.5, x * series, tl.exp(x) - 1.0)


@triton.jit
def log1p(x):
    """log(1 + x) for x ≥ 0, below 1/2 by 2 artanh(s), s = x / (2 + x), as its series up to s⁹: within 1e-8 of it."""
    s = x / (2.0 + x)
    t = s * s
    series = 1.0 + t * (1.0 / 3.0 + t * (1.0 / 5.0 + t * (1.0 / 7.0 + t * (1.0 / 9.0))))
    return tl.where(x < 0.5, 2.0 * s * series, tl.log(1.0 + x))


@triton.jit
def sums_of_rows(
    base,
    checkpoint,
    base_top,
    checkpoint_top,
    sums,
    rows,
    vocabulary,
    base_stride,
    checkpoint_stride,
    FAR: tl.constexpr,
    NEAR: tl.constexpr,
    NEAR_GROWTH: tl.constexpr,
    NEAR_MIXING: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """The sums of one row of fp32 logits per program, given the largest logit of each.

    sums: (12, rows) in fp32, in the order of the fields of `PairSums`.
    """
    row = tl.program_id(0).to(tl.int64)
    lanes = tl.arange(0, BLOCK)
    base += row * base_stride
    checkpoint += row * checkpoint_stride
    p_top = tl.load(base_top + row)
    q_top = tl.load(checkpoint_top + row)

    p_sum = tl.zeros([BLOCK], tl.float32)
    q_sum = tl.zeros([BLOCK], tl.float32)
    p_product = tl.zeros([BLOCK], tl.float32)
    q_product = tl.zeros([BLOCK], tl.float32)
    for start in range(0, vocabulary, BLOCK):
        inside = start + lanes < vocabulary
        # −1e30, whose weight is 0 and whose product with it is 0: −inf would give NaN.
        p_below = tl.load(base + start + lanes, mask=inside, other=-1e30) - p_top
        q_below = tl.load(checkpoint + start + lanes, mask=inside, other=-1e30) - q_top
        p = tl.exp(p_below)
        q = tl.exp(q_below)
        p_sum += p
        q_sum += q
        p_product += p * p_below
        q_product += q * q_below
    p_total = tl.sum(p_sum, 0)
    q_total = tl.sum(q_sum, 0)
    p_log_sum = tl.log(p_total.to(tl.float64))
    q_log_sum = tl.log(q_total.to(tl.float64))
    p_entropy = p_log_sum - (tl.sum(p_product, 0) / p_total).to(tl.float64)
    q_entropy = q_log_sum - (tl.sum(q_product, 0) / q_total).to(tl.float64)
    shift = ((q_top - p_top).to(tl.float64) + (q_log_sum - p_log_sum)).to(tl.float32)
    p_scale = 1.0 / p_total
    q_scale = 1.0 / q_total

    jeffreys = tl.zeros([BLOCK], tl.float32)
    near_jeffreys = tl.zeros([BLOCK], tl.float32)
    asymmetry = tl.zeros([BLOCK], tl.float32)
    mixed = tl.zeros([BLOCK], tl.float32)
    distance = tl.zeros([BLOCK], tl.float32)
    surplus = tl.zeros([BLOCK], tl.float32)
    lead = tl.zeros([BLOCK], tl.float32)
    drift = tl.zeros([BLOCK], tl.float32)
    for start in range(0, vocabulary, BLOCK):
        inside = start + lanes < vocabulary
        b = tl.load(base + start + lanes, mask=inside, other=-1e30)
        c = tl.load(checkpoint + start + lanes, mask=inside, other=-1e30)
        below = b - p_top
        p = tl.exp(below) * p_scale
        q = tl.exp(c - q_top) * q_scale
        d = (c - b) - shift
        x = tl.abs(d)
        sign = tl.where(d < 0.0, -1.0, 1.0)
        y = expm1(tl.minimum(x, FAR))
        w = y / (1.0 + y)
        most = sign * tl.maximum(p, q)
        m = most * w
        mixing = log1p(0.25 * (w * y))
        wide = tl.maximum(x, NEAR)
        closed = wide + 2.0 * wide / tl.maximum(y, NEAR_GROWTH)
        far = tl.where(x > NEAR, closed - (NEAR + 2.0 * NEAR / NEAR_GROWTH), 0.0)
        psi = far + (2.0 / 3.0) * tl.minimum(mixing, NEAR_MIXING)
        lead += most
        surplus += m
        distance += tl.abs(m)
        drift += below * m
        jeffreys += m * d
        near_jeffreys += m * (sign * tl.minimum(x, FAR))
        mixed += (p + q) * mixing
        asymmetry += psi * m
    sums += row
    tl.store(sums, p_log_sum.to(tl.float32))
    tl.store(sums + rows, q_log_sum.to(tl.float32))
    tl.store(sums + 2 * rows, p_entropy.to(tl.float32))
    tl.store(sums + 3 * rows, q_entropy.to(tl.float32))
    tl.store(sums + 4 * rows, tl.sum(jeffreys, 0))
    tl.store(sums + 5 * rows, tl.sum(near_jeffreys, 0))
    tl.store(sums + 6 * rows, tl.sum(asymmetry, 0))
    tl.store(sums + 7 * rows, tl.sum(mixed, 0))
    tl.store(sums + 8 * rows, tl.sum(distance, 0))
    tl.store(sums + 9 * rows, tl.sum(surplus, 0))
    tl.store(sums + 10 * rows, tl.sum(lead, 0))
    tl.store(sums + 11 * rows, tl.sum(drift, 0))
