"""Sums over the vocabulary, against their definitions in float64."""

import numpy as np
import pytest
import torch

from skillprobe_core.measurements.divergence.pair_sums import FAR, Scratch, pair_sums


def sums(base, checkpoint, scratch=None):
    firsts = (logits.argmax(-1, keepdim=True) for logits in (base, checkpoint))
    return pair_sums(base, checkpoint, *firsts, scratch or Scratch())


def logits(seed, tokens=6, vocabulary=300, spread=4.0):
    return torch.tensor(np.random.default_rng(seed).normal(0, spread, (tokens, vocabulary)), dtype=torch.float32)


@pytest.mark.parametrize("move", [1e-3, 0.05, 0.07, 1.0, 20.0, 100.0])
def test_each_sum_is_what_it_says(move):
    base = logits(0)
    checkpoint = base + move * logits(1, spread=1.0)
    found = sums(base, checkpoint)
    log_p, log_q = base.double().log_softmax(-1), checkpoint.double().log_softmax(-1)
    p, q, d = log_p.exp(), log_q.exp(), log_q - log_p
    m, near = q - p, d.clamp(-FAR, FAR)
    zero = d == 0
    psi = torch.where(zero, 0.0, d / torch.tanh(torch.where(zero, 1.0, d) / 2) - 2)
    expected = {
        "base_log_sum": (base.double() - base.double().amax(-1, keepdim=True)).exp().sum(-1).log(),
        "base_entropy": -(p * log_p).sum(-1),
        "checkpoint_entropy": -(q * log_q).sum(-1),
        "jeffreys": (m * d).sum(-1),
        "near_jeffreys": (m * near).sum(-1),
        "asymmetry": (m * psi).sum(-1),
        "mixed": 2 * ((p + q) * (near / 2).cosh().log()).sum(-1),
        "distance": m.abs().sum(-1),
        "lead": (torch.maximum(p, q) * d.sign()).sum(-1),
        "drift": (m * (base.double() - base.double().amax(-1, keepdim=True))).sum(-1),
    }
    # These two are of first order in the error of the normalisers, which `surplus` holds.
    first_order = {"distance": 2e-7, "drift": 4e-6}
    for name, values in expected.items():
        atol = 2e-6 * min(move, 1.0) * max(1.0, float(values.abs().max())) + first_order.get(name, 0.0)
        np.testing.assert_allclose(getattr(found, name).double(), values, rtol=2e-5, atol=atol, err_msg=name)
    assert found.surplus.abs().max() < 1e-6


def test_equal_logits_have_no_distance():
    found = sums(logits(0), logits(0))
    for values in (found.jeffreys, found.asymmetry, found.mixed, found.distance, found.surplus, found.drift):
        assert not values.any()


def test_blocks_of_other_shapes_share_the_memory():
    scratch = Scratch()
    wide, narrow = logits(0, vocabulary=500), logits(1, tokens=2, vocabulary=70)
    first = sums(narrow, narrow + 1e-2 * logits(2, 2, 70), scratch)
    sums(wide, wide.flip(0), scratch)
    again = sums(narrow, narrow + 1e-2 * logits(2, 2, 70), scratch)
    assert torch.equal(first.jeffreys, again.jeffreys)
    assert torch.equal(first.mixed, again.mixed)
