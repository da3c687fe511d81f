import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.decoding.sampling import next_tokens, uniforms

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
