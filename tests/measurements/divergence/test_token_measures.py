"""Measures at one token: closed forms, scipy, float64, and what must hold for any two distributions."""

import math

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.divergence.divergence_registry import per_token
from skillprobe_core.measurements.divergence.logit_pair import LogitPair

FUNCTIONS = {measure.name: measure.function for measure in per_token()}


def measure(pair):
    return {name: function(pair) for name, function in FUNCTIONS.items()}


def pair(base, checkpoint, token=0, dtype=torch.float32):
    base, checkpoint = (torch.tensor(np.ascontiguousarray(np.atleast_2d(x)), dtype=dtype) for x in (base, checkpoint))
    return LogitPair(base, checkpoint, torch.full((len(base),), token))


def random_logits(seed, spread=4.0, tokens=8, vocabulary=1000):
    return np.random.default_rng(seed).normal(0, spread, (tokens, vocabulary))


def exact(base, checkpoint):
    """The same quantities from their textbook definitions in extended precision."""
    p, q = (np.asarray(x, dtype=np.longdouble) for x in (base, checkpoint))
    p, q = (np.exp(x - x.max(-1, keepdims=True)) for x in (p, q))
    p, q = p / p.sum(-1, keepdims=True), q / q.sum(-1, keepdims=True)
    m = (p + q) / 2
    entropy_p, entropy_q = -(p * np.log(p)).sum(-1), -(q * np.log(q)).sum(-1)
    return {
        "forward_kl": (p * np.log(p / q)).sum(-1),
        "reverse_kl": (q * np.log(q / p)).sum(-1),
        "js": (p * np.log(p / m) + q * np.log(q / m)).sum(-1) / 2,
        "tv": np.abs(p - q).sum(-1) / 2,
        "base_entropy": entropy_p,
        "entropy_change": entropy_q - entropy_p,
    }


def test_two_known_distributions_have_the_values_of_the_closed_forms():
    p, q = np.array([0.5, 0.25, 0.25]), np.array([0.25, 0.25, 0.5])
    values = measure(pair(np.log(p), np.log(q)))
    assert values["forward_kl"].item() == pytest.approx(0.25 * math.log(2), rel=1e-6)
    assert values["reverse_kl"].item() == pytest.approx(0.25 * math.log(2), rel=1e-6)
    assert values["tv"].item() == pytest.approx(0.25, rel=1e-6)
    js = 0.5 * (0.5 * math.log(0.5 / 0.375) + 0.25 * math.log(0.25 / 0.375)) * 2
    assert values["js"].item() == pytest.approx(js, rel=1e-6)
    assert values["base_entropy"].item() == pytest.approx(1.5 * math.log(2), rel=1e-6)
    assert values["entropy_change"].item() == pytest.approx(0, abs=1e-7)
    assert values["top1_agreement"].item() == 0


def test_one_shifted_logit_has_the_kl_of_the_closed_form():
    """Raising one logit by s: KL(p‖q) = log(1 + p_i(e^s − 1)) − p_i s."""
    base = random_logits(0, tokens=1)
    for shift in (1e-3, 0.1, 3.0, -5.0):
        logits = torch.tensor(base, dtype=torch.float32)
        other = logits.clone()
        other[0, 7] += shift
        real = float(other[0, 7].double() - logits[0, 7].double())
        p = torch.softmax(logits.double(), -1)[0, 7].item()
        value = measure(LogitPair(logits, other, torch.zeros(1, dtype=torch.long)))
        # log1p(p(e^s − 1)) − p s cancels itself for small s, so the reference is taken in extended precision
        ext = np.longdouble(p)
        kl = np.log1p(ext * np.expm1(np.longdouble(real))) - ext * np.longdouble(real)
        assert value["forward_kl"].item() == pytest.approx(float(kl), rel=2e-5)


@pytest.mark.parametrize("temperature", [0.5, 0.9, 1.001, 2.0])
def test_another_temperature_has_the_kl_of_the_closed_form(temperature):
    """q = softmax(z/T): KL(p‖q) = log Z(1/T) − log Z(1) + (1 − 1/T) E_p[z], log Z(β) = logsumexp(βz)."""
    z = torch.tensor(random_logits(3), dtype=torch.float32)
    beta = 1 / temperature
    value = measure(LogitPair(z, z * beta, torch.zeros(8, dtype=torch.long)))["forward_kl"]
    z64 = z.double()
    mean = (z64.softmax(-1) * z64).sum(-1)
    kl = (z64 * beta).logsumexp(-1) - z64.logsumexp(-1) + (1 - beta) * mean
    torch.testing.assert_close(value.double(), kl, rtol=2e-3 if abs(beta - 1) < 0.01 else 1e-5, atol=0)


@pytest.mark.parametrize("move", [1e-4, 1e-3, 1e-2, 0.3, 3.0, 30.0])
def test_measures_agree_with_extended_precision(move):
    """Against the definitions in extended precision on the same fp32 logits; at move 1e-3 KL is about 5e-7."""
    base = random_logits(1, tokens=32).astype(np.float32)
    other = (base + np.random.default_rng(2).normal(0, move, base.shape)).astype(np.float32)
    values, reference = measure(pair(base, other)), exact(base, other)
    for name in ("forward_kl", "reverse_kl", "js", "tv"):
        error = np.abs(values[name].numpy() - reference[name]) / reference[name]
        assert error.max() <= 1e-4, (name, move, error.max())
    np.testing.assert_allclose(values["base_entropy"], reference["base_entropy"].astype(float), rtol=1e-5)
    change = reference["entropy_change"].astype(float)
    np.testing.assert_allclose(values["entropy_change"], change, rtol=1e-3, atol=2e-3 * move * 1e-2)


def test_measures_agree_with_scipy():
    base, other = random_logits(4), random_logits(5)
    values = measure(pair(base, other))
    p, q = scipy.special.softmax(base, -1), scipy.special.softmax(other, -1)
    np.testing.assert_allclose(values["forward_kl"], scipy.stats.entropy(p, q, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(values["reverse_kl"], scipy.stats.entropy(q, p, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(values["js"], scipy.spatial.distance.jensenshannon(p, q, axis=-1) ** 2, rtol=1e-5)
    np.testing.assert_allclose(values["base_entropy"], scipy.stats.entropy(p, axis=-1), rtol=1e-5)


logit_rows = st.lists(st.floats(-300, 300, width=32), min_size=2, max_size=40)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_bounds_hold_for_any_logits(data):
    base = data.draw(logit_rows)
    other = data.draw(st.lists(st.floats(-300, 300, width=32), min_size=len(base), max_size=len(base)))
    values = {name: value.item() for name, value in measure(pair(base, other)).items()}
    assert all(math.isfinite(value) for value in values.values())
    assert min(values["forward_kl"], values["reverse_kl"], values["js"], values["tv"]) >= 0
    assert values["js"] <= math.log(2) * (1 + 1e-5)
    assert values["tv"] <= 1 + 1e-5
    assert 2 * values["tv"] ** 2 <= min(values["forward_kl"], values["reverse_kl"]) + 1e-5  # Pinsker
    assert values["js"] <= (values["forward_kl"] + values["reverse_kl"]) / 4 + 1e-5


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.floats(1e-4, 5))
def test_permuting_the_vocabulary_changes_nothing(seed, move):
    rng = np.random.default_rng(seed)
    base = rng.normal(0, 3, (2, 200))
    other = base + rng.normal(0, move, base.shape)
    order = rng.permutation(200)
    one, two = measure(pair(base, other)), measure(pair(base[:, order], other[:, order], token=int(order.argsort()[0])))
    for name in FUNCTIONS:
        torch.testing.assert_close(one[name], two[name], rtol=1e-4, atol=1e-6)


def test_exchanged_models_exchange_the_directed_measures():
    base, other = random_logits(6), random_logits(7)
    one, two = measure(pair(base, other)), measure(pair(other, base))
    torch.testing.assert_close(one["forward_kl"], two["reverse_kl"])
    torch.testing.assert_close(one["js"], two["js"])
    torch.testing.assert_close(one["tv"], two["tv"])
    torch.testing.assert_close(one["entropy_change"], -two["entropy_change"], rtol=1e-4, atol=1e-5)


def test_equal_logits_are_exactly_zero():
    base = random_logits(8)
    values = measure(pair(base, base))
    for name in ("forward_kl", "reverse_kl", "js", "tv", "entropy_change"):
        assert torch.count_nonzero(values[name]) == 0
    assert values["top1_agreement"].min() == 1


def test_a_constant_added_to_all_logits_changes_nothing():
    base = random_logits(9).astype(np.float32)
    values = measure(pair(base, base + np.float32(64)))
    assert values["forward_kl"].max() < 1e-9
    assert values["tv"].max() < 1e-4


@pytest.mark.parametrize("vocabulary", [2, 9, 15, 64, 1000, 2560, 50257])
@pytest.mark.parametrize("move", [1e-4, 1e-3, 1.0, 50.0])
@pytest.mark.parametrize("spread", [1.5, 5.0])
def test_vocabularies_of_any_size(vocabulary, move, spread):
    rng = np.random.default_rng(vocabulary)
    wide = rng.normal(0, spread, (7, vocabulary + 13)).astype(np.float32)
    base = torch.from_numpy(wide)[:, :vocabulary]  # rows need not be adjacent
    other = base + torch.tensor(rng.normal(0, move, base.shape), dtype=torch.float32)
    values = measure(LogitPair(base, other, torch.tensor(rng.integers(0, vocabulary, 7))))
    reference = exact(base, other)
    for name in ("forward_kl", "reverse_kl", "js", "tv", "base_entropy"):
        # Normalisers are rounded to fp32; total variation feels this to first order where one token has all the weight.
        atol = 1e-7 if name == "tv" else 1e-12
        np.testing.assert_allclose(values[name], reference[name].astype(float), rtol=2e-4, atol=atol, err_msg=name)


def test_one_memory_for_many_blocks():
    """Blocks of other sizes before a block do not change its values."""
    both = pair(random_logits(1), random_logits(2))
    alone = measure(both.rows(5, 8))
    measure(both)
    again = measure(both.rows(5, 8))
    for name in FUNCTIONS:
        assert torch.equal(alone[name], again[name])


def test_ranks_overlap_and_probabilities_of_the_texts_tokens():
    base = torch.tensor([[3.0, 2.0, 1.0, *[0.0] * 9, -1.0]] * 2)
    other = base.roll(1, -1)  # every token takes its neighbour's place: -1, 3, 2, 1, 0, ...
    values = measure(LogitPair(base, other, torch.tensor([0, 12])))
    assert values["base_rank"].tolist() == [0, 12]
    assert values["checkpoint_rank"].tolist() == [12, 3]
    torch.testing.assert_close(values["base_log_prob"], base.log_softmax(-1)[[0, 1], [0, 12]])
    torch.testing.assert_close(values["checkpoint_log_prob"], other.log_softmax(-1)[[0, 1], [0, 12]])
    assert values["top1_agreement"].tolist() == [0, 0]
    distinct = torch.arange(40.0).unsqueeze(0)
    shared = measure(LogitPair(distinct, distinct.roll(4, -1), torch.tensor([0])))["top10_overlap"]
    assert shared.item() == pytest.approx(0.6)
