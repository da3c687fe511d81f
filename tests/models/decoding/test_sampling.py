import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.decoding.sampling import History, next_tokens, uniforms
from tests.cuda_device import NO_GPU

CPU = torch.device("cpu")
logits = st.lists(st.floats(-8, 8), min_size=2, max_size=30).map(lambda row: torch.tensor([row]))


def draws(row, sampling, count=2001):
    """The tokens that evenly spaced uniform numbers give: inversion takes each in proportion to its mass."""
    uniform = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    return next_tokens(row.expand(count, -1), sampling, uniform)


@given(logits, st.floats(0.2, 3.0))
@settings(deadline=None)
def test_inversion_takes_each_token_in_proportion_to_its_probability(row, temperature):
    share = torch.bincount(draws(row, SamplingSettings(temperature=temperature)), minlength=row.shape[1]) / 2001
    expected = (row[0].double() / temperature).softmax(-1)
    assert (share - expected).abs().max() <= 1.01 / 2001


@given(logits, st.floats(0.05, 0.99))
@settings(deadline=None)
def test_top_p_keeps_the_smallest_set_that_reaches_it(row, top_p):
    share = torch.bincount(draws(row, SamplingSettings(temperature=1.0, top_p=top_p)), minlength=row.shape[1]) / 2001
    probability = row[0].double().softmax(-1)
    kept, mass = [], 0.0
    for token in sorted(range(row.shape[1]), key=lambda token: (-float(row[0, token]), token)):
        kept.append(token)
        mass += float(probability[token])
        if mass >= top_p:
            break
    expected = torch.zeros_like(probability)
    expected[kept] = probability[kept] / probability[kept].sum()
    assert (share - expected).abs().max() <= 1.01 / 2001


@given(logits, st.floats(0.3, 2.0), st.integers(0, 31), st.floats(0.0, 0.9), st.floats(0.05, 1.0))
def test_the_cuts_are_those_of_transformers_in_the_order_of_vllm(row, temperature, top_k, min_p, top_p):
    """Each cut is the library's own; vLLM applies `min_p` first, transformers last."""
    sampling = SamplingSettings(temperature=temperature, top_k=top_k, min_p=min_p, top_p=top_p)
    kept = TemperatureLogitsWarper(temperature)(None, row.double())
    kept = MinPLogitsWarper(min_p)(None, kept) if min_p else kept
    kept = TopKLogitsWarper(top_k)(None, kept) if top_k else kept
    kept = TopPLogitsWarper(top_p)(None, kept) if top_p < 1 else kept
    share = torch.bincount(draws(row, sampling), minlength=row.shape[1]) / 2001
    # Of equal tokens at the edge of `top_p`, transformers keeps those with higher ids: compare what has one order.
    if len(set(row[0].tolist())) == row.shape[1]:
        assert (share - kept[0].softmax(-1)).abs().max() <= 1.01 / 2001
    assert bool((share > 0).any())


tokens = st.lists(st.integers(0, 19), max_size=12)


@given(st.lists(st.floats(-8, 8), min_size=20, max_size=20), tokens, tokens, st.floats(0.5, 2.0), st.floats(-2, 2))
def test_penalties_are_those_of_transformers_and_of_the_openai_api(row, prompt, written, repetition, presence):
    sampling = SamplingSettings(repetition_penalty=repetition, presence_penalty=presence)
    history = History([prompt], 20, CPU)
    for token in written:
        history.add(torch.tensor([token]))
    found = history.penalised(torch.tensor([row]), sampling)
    expected = torch.tensor([row]).double()
    if prompt + written:
        expected = RepetitionPenaltyLogitsProcessor(repetition)(torch.tensor([prompt + written]), expected)
    for token in set(written):
        expected[0, token] -= presence
    assert torch.allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_a_history_keeps_its_rows_when_others_leave():
    sampling = SamplingSettings(repetition_penalty=2.0, presence_penalty=0.5)
    together, alone = History([[1], [2], [3, 99]], 5, CPU), History([[3]], 5, CPU)
    together.add(torch.tensor([0, 1, 4]))
    together.keep(torch.tensor([2]))
    alone.add(torch.tensor([4]))
    row = torch.tensor([[1.0, 2.0, -1.0, 3.0, 4.0]])
    assert torch.equal(together.penalised(row, sampling), alone.penalised(row, sampling))


@given(logits)
@settings(deadline=None)
def test_greedy_takes_the_most_probable_token(row):
    assert next_tokens(row, SamplingSettings(), None).tolist() == [max(range(row.shape[1]), key=row[0].__getitem__)]


def test_tokens_ruled_out_are_never_drawn():
    row = torch.tensor([[float("-inf"), 0.0, float("-inf"), 1.0, float("-inf")]])
    for top_p in (1.0, 0.9999):
        assert set(draws(row, SamplingSettings(temperature=1.0, top_p=top_p)).tolist()) == {1, 3}


def test_the_ends_of_the_unit_interval_give_tokens():
    row = torch.tensor([[0.3, -2.0, 1.0]]).expand(2, -1)
    uniform = torch.tensor([0.0, 1.0 - 2**-53], dtype=torch.float64)
    assert next_tokens(row, SamplingSettings(temperature=1.0), uniform).tolist() == [0, 2]


def test_a_rows_numbers_depend_on_its_seed_alone():
    device = torch.device("cpu")
    together, alone = uniforms([5, 9, 5], 10, device), uniforms([9], 10, device)
    assert together is not None
    assert alone is not None
    assert torch.equal(together[1], alone[0])
    assert torch.equal(together[0], together[2])
    assert not torch.equal(together[0], together[1])
    longer = uniforms([9], 20, device)
    assert longer is not None
    assert torch.equal(longer[0, :10], alone[0])


@pytest.mark.gpu
@NO_GPU
def test_a_gpu_draws_the_numbers_that_a_cpu_draws() -> None:
    seeds = [5, 9, 2**62]
    here, there = uniforms(seeds, 50, CPU), uniforms(seeds, 50, torch.device("cuda"))
    assert here is not None
    assert there is not None
    assert torch.equal(there.cpu(), here)
