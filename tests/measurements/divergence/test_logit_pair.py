"""Quantities that measures share, against their definitions in float64."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.divergence.logit_pair import LogitPair


def pair(seed: int, move: float) -> LogitPair:
    rng = np.random.default_rng(seed)
    base = rng.normal(0, 3, (5, 40))
    moved = base + move * rng.normal(0, 1, base.shape)
    return LogitPair(torch.tensor(base, dtype=torch.float32), torch.tensor(moved, dtype=torch.float32), torch.arange(5))


@settings(max_examples=30)
@given(st.integers(0, 1000), st.sampled_from([1e-4, 0.1, 2.0]))
def test_probabilities_add_up_to_one(seed: int, move: float) -> None:
    found = pair(seed, move)
    for log in (found.log_p, found.log_q):
        np.testing.assert_allclose(log.double().exp().sum(-1), 1.0, rtol=1e-5)


@settings(max_examples=30)
@given(st.integers(0, 1000), st.sampled_from([1e-5, 0.1, 2.0]))
def test_the_log_ratio_keeps_its_digits_however_small(seed: int, move: float) -> None:
    found = pair(seed, move)
    base, moved = found.base.double(), found.checkpoint.double()
    exact = moved.log_softmax(-1) - base.log_softmax(-1)
    np.testing.assert_allclose(found.log_ratio.double(), exact, rtol=1e-3, atol=2e-6 * max(move, 1e-2))


def test_a_range_of_tokens_is_those_tokens() -> None:
    whole = pair(0, 0.5)
    some = whole.rows(1, 3)
    assert torch.equal(some.log_ratio, whole.log_ratio[1:3])
    assert some.token.tolist() == [1, 2]
