"""Measures of many tokens: the number of logits held at a time and of threads changes no value."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from skillprobe_core.measurements.divergence import logit_blocks, output_projection
from skillprobe_core.measurements.divergence.divergence_measure import Measure
from skillprobe_core.measurements.divergence.divergence_registry import per_token
from skillprobe_core.measurements.divergence.logit_blocks import measure, measure_states
from skillprobe_core.measurements.divergence.logit_pair import LogitPair
from skillprobe_core.measurements.divergence.output_projection import Head
from skillprobe_core.models.memory_plan import logits_bytes
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
    monkeypatch.setattr(logit_blocks, "DEVICE_LOGITS", 2000 * 20_000)
    with nearly_full(400 << 20) as device:
        found = measure_states(heads[0].to(device), sides[0], heads[1].to(device), sides[1], token)
    for name, values in expected.items():
        torch.testing.assert_close(found[name], values, rtol=1e-3, atol=1e-3)


@settings(deadline=None, max_examples=25)
@given(
    tokens=st.integers(1, 9),
    vocabulary=st.sampled_from([2, 11, 63, 700, 2560, 2571]),
    outside=st.integers(0, 5),
    move=st.sampled_from([1e-2, 0.3, 4.0]),
    at_a_time=st.integers(1, 6000),
)
def test_the_path_of_a_device_gives_what_float64_gives(tokens, vocabulary, outside, move, at_a_time):
    """On a CPU: in blocks and parts of blocks that divide neither tokens nor vocabulary, with tokens left out."""
    generator = torch.Generator().manual_seed(tokens * vocabulary + outside)
    weight = torch.randn(vocabulary + outside, 16, generator=generator)
    bias = torch.randn(vocabulary + outside, generator=generator)
    whole = Head(weight, bias, 0.5, 30.0)
    hidden = torch.randn(tokens, 16, generator=generator)
    moved = hidden + move * torch.randn(hidden.shape, generator=generator)
    token = torch.randint(0, vocabulary, (tokens,), generator=generator)
    kept = whole.of_rows(range(vocabulary))
    rest = whole.of_rows(range(vocabulary, vocabulary + outside)) if outside else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logit_blocks, "LOGITS_AT_A_TIME", 3 * at_a_time)
        patch.setattr(logit_blocks, "MEASURED_LOGITS", at_a_time)
        patch.setattr(logit_blocks, "measure", lambda pair: logit_blocks._on_device(pair, per_token()))
        found = measure_states(kept, hidden, kept, moved, token, base_outside=rest, checkpoint_outside=rest)
    assert [each.name for each in per_token()] == list(found)

    def logits(states: torch.Tensor) -> torch.Tensor:
        return 30 * torch.tanh((states.double() @ weight.double().T + bias.double()) * 0.5 / 30)

    every = logits(hidden), logits(moved)
    log_p, log_q = (each[:, :vocabulary].log_softmax(-1) for each in every)
    p, q = log_p.exp(), log_q.exp()
    m = (p + q) / 2
    entropy = -(p * log_p).sum(-1)
    expected = {
        "forward_kl": (p * (log_p - log_q)).sum(-1),
        "reverse_kl": (q * (log_q - log_p)).sum(-1),
        "js": (p * (log_p - m.log()) + q * (log_q - m.log())).sum(-1) / 2,
        "tv": (p - q).abs().sum(-1) / 2,
        "base_entropy": entropy,
        "entropy_change": -(q * log_q).sum(-1) - entropy,
        "base_log_prob": log_p.gather(1, token.unsqueeze(1)).squeeze(1),
        "checkpoint_log_prob": log_q.gather(1, token.unsqueeze(1)).squeeze(1),
        "base_mass_outside": every[0].softmax(-1)[:, vocabulary:].sum(-1),
        "checkpoint_mass_outside": every[1].softmax(-1)[:, vocabulary:].sum(-1),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(found[name].double(), values, rtol=2e-4, atol=3e-6, err_msg=name)
    expected_rank = (log_p > log_p.gather(1, token.unsqueeze(1))).sum(-1)
    assert (found["base_rank"] - expected_rank).abs().max() <= 1  # two logits that fp32 cannot distinguish


class Allocated(TorchDispatchMode):
    """The most bytes of storages on the device that existed at the same time, without those of the given tensors."""

    def __init__(self, *given: torch.Tensor) -> None:
        super().__init__()
        self.given = {StorageWeakRef(each.untyped_storage()) for each in given}
        self.alive: dict[StorageWeakRef, int] = {}
        self.most = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for each in tree_leaves(made):
            if isinstance(each, torch.Tensor) and each.device.type == "meta":
                storage = StorageWeakRef(each.untyped_storage())
                if storage not in self.given:
                    self.alive[storage] = each.untyped_storage().nbytes()
        self.alive = {ref: size for ref, size in self.alive.items() if not ref.expired()}
        self.most = max(self.most, sum(self.alive.values()))
        return made


@pytest.fixture(params=[True, False], ids=["half products", "fp32 products"])
def half(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    monkeypatch.setattr(output_projection, "exact_half_products", lambda *_: request.param)
    return request.param


def test_a_device_needs_less_than_a_gigabyte_for_an_8b_model(half: bool) -> None:
    """A full block on a device without memory: the peak beyond states and heads, as the memory plan states it."""
    tokens = logit_blocks.DEVICE_LOGITS // 151_936
    with FakeTensorMode():

        def made(*shape: int) -> torch.Tensor:
            return torch.empty(*shape, dtype=torch.bfloat16, device="meta")

        one, two, base, moved = made(151_936, 4096), made(151_936, 4096), made(tokens, 4096), made(tokens, 4096)
        with Allocated(one, two, base, moved) as device:
            heads = (Head(weight, None, 1.0, None) for weight in (one, two))
            measure_states(next(heads), base, next(heads), moved, torch.zeros(tokens, dtype=torch.int64))
    assert 2 * 4 * tokens * 151_936 < device.most < 2**30
    assert device.most <= logits_bytes(torch.device("meta"))


@pytest.mark.gpu
@NO_GPU
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_gpu_gives_what_a_cpu_gives(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(5003, 256, generator=generator).mul(0.2).to(dtype)
    hidden = torch.randn(2000, 256, generator=generator)
    states = hidden.to(dtype), (hidden + 0.05 * torch.randn(hidden.shape, generator=generator)).to(dtype)
    token = torch.randint(0, 5003, (2000,), generator=generator)
    here, there = (Head(weight.to(device), None, 1.0, None) for device in ("cpu", "cuda"))
    expected = measure_states(here, states[0], here, states[1], token)
    found = measure_states(there, states[0].cuda(), there, states[1].cuda(), token)
    for name, values in expected.items():
        if "rank" not in name and "top" not in name:
            np.testing.assert_allclose(found[name], values, rtol=1e-3, atol=1e-5, err_msg=name)
