"""Measures of many tokens: blocks and threads change nothing."""

import numpy as np
import pytest
import torch

from skillprobe_core.measurements.divergence import logit_blocks
from skillprobe_core.measurements.divergence.divergence_measure import Measure
from skillprobe_core.measurements.divergence.divergence_registry import per_token
from skillprobe_core.measurements.divergence.logit_blocks import measure, measure_states
from skillprobe_core.measurements.divergence.logit_pair import LogitPair
from skillprobe_core.measurements.divergence.output_projection import Head


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def random_pair(tokens, vocabulary):
    rng = np.random.default_rng(0)
    base, other = (torch.tensor(rng.normal(0, 3, (tokens, vocabulary)), dtype=torch.float32) for _ in range(2))
    return LogitPair(base, other, torch.tensor(rng.integers(0, vocabulary, tokens)))


@pytest.mark.parametrize("vocabulary", [500, 50257])
@pytest.mark.parametrize("logits", [2**17, 2**18])
def test_blocks_and_threads_change_nothing(vocabulary, logits, threads, monkeypatch):
    both = random_pair(11, vocabulary)
    threads(1)
    expected = {each.name: each.function(both).float() for each in per_token()}
    monkeypatch.setattr(logit_blocks, "CACHED_LOGITS", logits)
    for number in (1, 2, 3, 16):
        threads(number)
        found = measure(both)
        assert torch.get_num_threads() == number
        assert list(found) == list(expected)
        for name, values in expected.items():
            assert torch.equal(found[name], values), name


def test_a_measure_that_is_not_in_the_registry():
    both = random_pair(3, 40)
    largest = Measure(name="largest", function=lambda pair: pair.base.amax(-1))
    assert torch.equal(measure(both, [largest])["largest"], both.base.amax(-1))


def test_an_error_of_a_measure_reaches_the_caller(threads):
    def broken(pair):
        raise ZeroDivisionError

    threads(2)
    with pytest.raises(ZeroDivisionError):
        measure(random_pair(3, 40), [Measure(name="broken", function=broken)])
    assert torch.get_num_threads() == 2


def test_from_hidden_states(monkeypatch):
    """The same values as from all logits at once."""
    rng = np.random.default_rng(1)
    weight, states = (torch.tensor(rng.normal(0, 1, shape), dtype=torch.float32) for shape in ((90, 8), (20, 8)))
    heads = [Head(weight, None, 1.0, None), Head(weight * 1.01, None, 1.0, None)]
    token = torch.tensor(rng.integers(0, 90, 20))
    logits = [head.project(states) for head in heads]
    expected = measure(LogitPair(*logits, token))
    monkeypatch.setattr(logit_blocks, "LOGITS_AT_A_TIME", 7 * 90)
    found = measure_states(heads[0], states, heads[1], states, token)
    for name, values in expected.items():
        torch.testing.assert_close(found[name], values, rtol=1e-4, atol=1e-6)
