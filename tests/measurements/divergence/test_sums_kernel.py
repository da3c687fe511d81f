"""The kernel for the sums over the vocabulary, in Triton's interpreter, against their definitions in float64."""

import importlib.util
import os
import subprocess
import sys

import pytest

INTERPRETED = """
import torch
from skillprobe_core.measurements.divergence.fused_sums import agrees, kernel_sums
from skillprobe_core.measurements.divergence.pair_sums import FAR
assert agrees(kernel_sums, torch.device("cpu"))
for number, (tokens, vocabulary, spread, move) in enumerate(
    [(1, 2, 3.0, 1.0), (3, 2047, 5.0, 1e-3), (2, 2048, 1.0, 0.07), (2, 2049, 4.0, 30.0), (4, 5003, 8.0, 150.0)]
):
    generator = torch.Generator().manual_seed(number)
    wide = torch.randn(2, tokens + 1, vocabulary + 5, generator=generator)
    base = (wide[0] * spread)[1:, :vocabulary]
    checkpoint = base + move * wide[1][1:, :vocabulary]
    found = kernel_sums(base, checkpoint)
    log_p, log_q = base.double().log_softmax(-1), checkpoint.double().log_softmax(-1)
    p, q, d = log_p.exp(), log_q.exp(), log_q - log_p
    m, near = q - p, d.clamp(-FAR, FAR)
    some = torch.where(d == 0, 1.0, d)
    psi = torch.where(d == 0, 0.0, some / torch.tanh(some / 2) - 2)
    second = {
        "jeffreys": (m * d).sum(-1), "near_jeffreys": (m * near).sum(-1), "asymmetry": (m * psi).sum(-1),
        "mixed": 2 * ((p + q) * (near / 2).cosh().log()).sum(-1),
    }
    for name, values in second.items():
        assert ((getattr(found, name) - values).abs() <= 3e-6 * second["jeffreys"]).all(), (number, name)
    below = base.double() - base.double().amax(-1, keepdim=True)
    above = checkpoint.double() - checkpoint.double().amax(-1, keepdim=True)
    first = {
        "base_log_sum": below.exp().sum(-1).log(), "checkpoint_log_sum": above.exp().sum(-1).log(),
        "base_entropy": -(p * log_p).sum(-1), "checkpoint_entropy": -(q * log_q).sum(-1),
        "distance": m.abs().sum(-1), "surplus": m.sum(-1), "drift": (m * below).sum(-1),
    }
    for name, values in first.items():
        assert ((getattr(found, name) - values).abs() <= 5e-6 * (1 + values.abs())).all(), (number, name)
"""


@pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="Triton is not installed")
def test_the_kernel_gives_the_sums_of_float64() -> None:
    """In Triton's interpreter, on a CPU: vocabularies that its blocks do not divide, rows with a stride."""
    environment = {**os.environ, "TRITON_INTERPRET": "1"}
    done = subprocess.run(
        [sys.executable, "-c", INTERPRETED], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
