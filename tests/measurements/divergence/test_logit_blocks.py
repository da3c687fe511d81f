"""Measures of many tokens: the number of logits held at a time changes no value."""

import numpy as np
import pytest
import torch

from skillprobe_core.measurements.divergence import logit_blocks
from skillprobe_core.measurements.divergence.divergence_registry import per_token
from skillprobe_core.measurements.divergence.logit_blocks import measure, measure_states
from skillprobe_core.measurements.divergence.logit_pair import LogitPair
from skillprobe_core.measurements.divergence.output_projection import Head


def head(seed: int) -> Head:
    generator = torch.Generator().manual_seed(seed)
    return Head(torch.randn(50, 8, generator=generator), torch.randn(50, generator=generator), 1.0, None)


def states(seed: int, tokens: int = 37) -> torch.Tensor:
    return torch.randn(tokens, 8, generator=torch.Generator().manual_seed(seed))


TOKEN = torch.arange(37) % 50


@pytest.mark.parametrize("at_a_time", [1, 50, 50 * 7, 50 * 1000])
def test_blocks_give_what_all_tokens_give_at_once(at_a_time: int, monkeypatch: pytest.MonkeyPatch) -> None:
    base, checkpoint = head(1), head(2)
    whole = measure(LogitPair(base.project(states(3)), checkpoint.project(states(4)), TOKEN))
    monkeypatch.setattr(logit_blocks, "LOGITS_AT_A_TIME", at_a_time)
    monkeypatch.setattr(logit_blocks, "CACHED_LOGITS", at_a_time)
    parts = measure_states(base, states(3), checkpoint, states(4), TOKEN)
    assert set(parts) == set(whole) == {each.name for each in per_token()}
    for name, values in whole.items():
        np.testing.assert_allclose(parts[name].numpy(), values.numpy(), rtol=1e-4, atol=1e-5, err_msg=name)
        assert parts[name].shape == (37,)


def test_equal_states_have_not_moved() -> None:
    one = head(1)
    found = measure_states(one, states(3), one, states(3), TOKEN)
    assert not found["forward_kl"].any()
    assert not found["tv"].any()


def test_only_the_measures_that_are_given_are_computed() -> None:
    pair = LogitPair(head(1).project(states(3)), head(2).project(states(4)), TOKEN)
    some = per_token()[:2]
    assert list(measure(pair, some)) == [each.name for each in some]
