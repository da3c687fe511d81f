"""Divergence of arrays in memory: the values of the pipeline, in any type, with and without targets."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch

from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.divergence import array_divergence
from skillprobe_core.measurements.divergence.array_divergence import divergence
from skillprobe_core.measurements.divergence.logit_blocks import measure
from skillprobe_core.measurements.divergence.logit_pair import LogitPair

RANDOM = np.random.default_rng(7)
P = RANDOM.normal(0, 3, (9, 50)).astype(np.float32)
Q = (P + RANDOM.normal(0, 0.3, (9, 50))).astype(np.float32)
TARGETS = RANDOM.integers(0, 50, 9)
OF_TEXT = {"base_rank", "checkpoint_rank", "base_log_prob", "checkpoint_log_prob"}


def test_it_gives_the_pipelines_values() -> None:
    expected = measure(LogitPair(torch.from_numpy(P), torch.from_numpy(Q), torch.from_numpy(TARGETS)))
    found = divergence(P, Q, TARGETS)
    assert list(found) == list(expected)
    for name, values in found.items():
        assert values.dtype == np.float32
        np.testing.assert_array_equal(values, expected[name].numpy())


def test_it_agrees_with_scipy() -> None:
    p, q = (scipy.special.softmax(logits.astype(np.float64), axis=1) for logits in (P, Q))
    found = divergence(P, Q, TARGETS)
    np.testing.assert_allclose(found["forward_kl"], scipy.stats.entropy(p, q, axis=1), rtol=1e-4)
    np.testing.assert_allclose(found["reverse_kl"], scipy.stats.entropy(q, p, axis=1), rtol=1e-4)
    np.testing.assert_allclose(found["tv"], np.abs(p - q).sum(1) / 2, rtol=1e-4)
    np.testing.assert_allclose(found["base_log_prob"], np.log(p[np.arange(9), TARGETS]), rtol=1e-4)


def test_without_targets_the_other_measures_stay_the_same() -> None:
    found, complete = divergence(P, Q), divergence(P, Q, TARGETS)
    assert complete.keys() - found.keys() == OF_TEXT
    for name, values in found.items():
        np.testing.assert_array_equal(values, complete[name])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_tensors_of_any_type_are_read_as_float32(dtype: torch.dtype) -> None:
    p, q = (torch.from_numpy(logits).to(dtype).requires_grad_() for logits in (P, Q))
    found = divergence(p, q, torch.from_numpy(TARGETS))
    expected = divergence(p.detach().float().numpy(), q.detach().float().numpy(), TARGETS)
    for name, values in found.items():
        np.testing.assert_array_equal(values, expected[name])


def test_arrays_may_be_views_and_read_only() -> None:
    p, q = P[::-1, ::2], Q[::-1, ::2]
    p.flags.writeable = False
    np.testing.assert_array_equal(divergence(p, q)["js"], divergence(p.copy(), q.copy())["js"])


def test_blocks_do_not_change_the_values(monkeypatch: pytest.MonkeyPatch) -> None:
    together = divergence(P, Q, TARGETS)
    monkeypatch.setattr(array_divergence, "LOGITS_AT_A_TIME", 100)  # two tokens
    for name, values in divergence(P, Q, TARGETS).items():
        np.testing.assert_array_equal(values, together[name])


def test_no_tokens_give_empty_arrays() -> None:
    found = divergence(P[:0], Q[:0], TARGETS[:0])
    assert found.keys() == divergence(P, Q, TARGETS).keys()
    assert all(values.shape == (0,) for values in found.values())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((P[0], Q[0]), r"p_logits has shape \[50\], expected \(tokens, vocabulary\)"),
        ((P, Q[:, :49]), r"q_logits has shape \[9, 49\]"),
        ((P, np.where(P > 0, -np.inf, Q)), "q_logits holds NaN or infinite"),
        ((P, Q, TARGETS[:3]), r"targets \(shape \[3\], int64\) are not 9 ids from 0 to 49"),
        ((P, Q, TARGETS + 50), "not 9 ids from 0 to 49"),
        ((P, Q, TARGETS.astype(float)), "float64"),
        ((P.astype(str), Q), "not numbers"),
    ],
)
def test_what_cannot_be_measured_is_refused(arguments: tuple[np.ndarray, ...], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        divergence(*arguments)
