"""Measures of many tokens: the number of logits held at a time and of threads changes no value."""

import numpy as np
import pytest
import torch

from skillprobe_core.measurements.divergence import logit_blocks
from skillprobe_core.measurements.divergence.divergence_measure import Measure
from skillprobe_core.measurements.divergence.divergence_registry import per_token
from skillprobe_core.measurements.divergence.logit_blocks import measure, measure_states
from skillprobe_core.measurements.divergence.logit_pair import LogitPair
from skillprobe_core.measurements.divergence.output_projection import Head
from tests.cuda_device import NO_GPU, nearly_full


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


@pytest.mark.gpu
@NO_GPU
def test_a_gpu_measures_what_a_cpu_measures():
    both = random_pair(40, 5000)
    there = measure(LogitPair(both.base.cuda(), both.checkpoint.cuda(), both.token.cuda()))
    for name, values in measure(both).items():
        assert there[name].device.type == "cpu"
        torch.testing.assert_close(there[name], values, rtol=1e-4, atol=1e-5)


@pytest.mark.gpu
@NO_GPU
def test_blocks_that_do_not_fit_on_a_gpu_become_smaller(monkeypatch):
    """One block would have 320 MiB of logits alone."""
    generator = torch.Generator().manual_seed(0)
    heads = [Head(torch.randn(20_000, 8, generator=generator), None, 1.0, None) for _ in range(2)]
    sides = [torch.randn(2000, 8, generator=generator) for _ in range(2)]
    token = torch.arange(2000)
    expected = measure_states(heads[0], sides[0], heads[1], sides[1], token)
    monkeypatch.setattr(logit_blocks, "LOGITS_AT_A_TIME", 2000 * 20_000)
    with nearly_full(400 << 20) as device:
        found = measure_states(heads[0].to(device), sides[0], heads[1].to(device), sides[1], token)
    for name, values in expected.items():
        torch.testing.assert_close(found[name], values, rtol=1e-3, atol=1e-3)
