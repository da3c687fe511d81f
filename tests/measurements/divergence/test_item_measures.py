"""Item rows: what they take from the token measures, and what depends on who wrote the text."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.divergence.divergence_registry import per_token
from skillprobe_core.measurements.divergence.item_summary import item_row
from skillprobe_core.measurements.divergence.token_texts import Text


def token_values(tokens, seed=0, **given_values):
    rng = np.random.default_rng(seed)
    values = {name: rng.random(tokens).astype(np.float32) for name in (measure.name for measure in per_token())}
    return values | {name: np.asarray(value, dtype=np.float32) for name, value in given_values.items()}


def test_quantiles_and_shares_are_those_of_the_items_tokens(tokenizer):
    values = token_values(100, forward_kl=np.arange(100), js=[0.0] * 97 + [0.2] * 3)
    row = item_row([Text("a", (1,), (65,) * 100)], [values], "reference", tokenizer)
    assert row["tokens"] == 100
    assert row["forward_kl"] == pytest.approx(49.5)
    assert row["forward_kl_p50"] == pytest.approx(49.5)
    assert row["forward_kl_max"] == 99
    assert row["moved_share"] == pytest.approx(0.03)
    assert (row["k1"], row["k3"], row["rank_shift"], row["rank_shift_share"]) == (None,) * 4


def test_rank_shift_and_estimators_are_those_of_the_text_s_writer(tokenizer):
    values = token_values(
        2, base_rank=[0, 4], checkpoint_rank=[3, 0], base_log_prob=[-1, -2], checkpoint_log_prob=[-1.5, -1]
    )
    text = [Text("a", (1,), (65, 66))]
    own, base = (item_row(text, [values], source, tokenizer) for source in ("own", "base"))
    assert (own["rank_shift"], own["rank_shift_share"]) == (2, 0.5)
    assert (base["rank_shift"], base["rank_shift_share"]) == (1.5, 0.5)
    assert own["k1"] == pytest.approx((-0.5 + 1) / 2)
    assert base["k1"] == pytest.approx((0.5 - 1) / 2)
    assert own["k3"] == pytest.approx((math.exp(0.5) - 1 - 0.5 + math.exp(-1) - 1 + 1) / 2)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_estimators_converge_to_the_exact_divergence(tokenizer, seed):
    """Tokens drawn from q: the means of k1 and k3 lie within five standard errors of KL(q‖p)."""
    rng = np.random.default_rng(seed)
    z = torch.tensor(rng.normal(0, 1, 30))
    log_p, log_q = z.log_softmax(-1).numpy(), (z + torch.tensor(rng.normal(0, 0.5, 30))).log_softmax(-1).numpy()
    drawn = rng.choice(30, 20000, p=np.exp(log_q))
    ratio = log_p[drawn] - log_q[drawn]
    values = token_values(20000, base_log_prob=log_p[drawn], checkpoint_log_prob=log_q[drawn])
    row = item_row([Text("a", (1,), tuple(drawn.tolist()))], [values], "own", tokenizer)
    exact = (np.exp(log_q) * (log_q - log_p)).sum()
    assert abs(row["k1"] - exact) < 5 * ratio.std() / math.sqrt(20000)
    assert abs(row["k3"] - exact) < 5 * (np.expm1(ratio) - ratio).std() / math.sqrt(20000)


def test_the_tokens_that_moved_most(tokenizer):
    ids = tuple(tokenizer("abcdefgh", add_special_tokens=False)["input_ids"])
    values = token_values(
        8, base_rank=[0] * 8, checkpoint_rank=[0, 7, 1, 0, 9, 7, 2, 3], js=[0, 0.1, 0, 0, 0.5, 0.3, 0, 0]
    )
    moved = item_row([Text("a", (1,), ids)], [values], "reference", tokenizer)["moved_most"]
    assert [entry["token"] for entry in moved] == ["e", "f", "b", "h", "g"]
    assert moved[0] == {
        "token": "e", "sample": 0, "position": 4, "base_rank": 0, "checkpoint_rank": 9, "js": pytest.approx(0.5)
    }  # fmt: skip
