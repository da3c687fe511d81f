"""The kernel for the sums over the vocabulary: what it must give, and that it serves nobody before it does."""

from dataclasses import fields, replace
from functools import partial

import pytest
import torch

from skillprobe_core.measurements.divergence import fused_sums as module
from skillprobe_core.measurements.divergence.fused_sums import agrees, fused_sums, kernel_sums
from skillprobe_core.measurements.divergence.pair_sums import PairSums, Scratch, pair_sums
from tests.cuda_device import NO_GPU

CPU = torch.device("cpu")


def by_torch(base: torch.Tensor, checkpoint: torch.Tensor) -> PairSums:
    firsts = (logits.argmax(-1, keepdim=True) for logits in (base, checkpoint))
    return pair_sums(base, checkpoint, *firsts, Scratch())


def spoiled(name: str, base: torch.Tensor, checkpoint: torch.Tensor) -> PairSums:
    sums = by_torch(base, checkpoint)
    return replace(sums, **{name: getattr(sums, name) * 1.01})


def test_sums_that_give_other_measures_are_refused() -> None:
    assert agrees(by_torch, CPU)
    for each in fields(PairSums):
        if each.name not in {"surplus", "lead"}:  # they only correct tv for an error of the normalisers
            assert not agrees(partial(spoiled, each.name), CPU), each.name


def test_the_obvious_formula_would_be_refused() -> None:
    def obvious(base: torch.Tensor, checkpoint: torch.Tensor) -> PairSums:
        log_p, log_q = base.log_softmax(-1), checkpoint.log_softmax(-1)
        forward, reverse = (log_p.exp() * (log_p - log_q)).sum(-1), (log_q.exp() * (log_q - log_p)).sum(-1)
        return replace(by_torch(base, checkpoint), jeffreys=forward + reverse, asymmetry=reverse - forward)

    assert not agrees(obvious, CPU)


def test_nothing_is_fused_on_a_cpu_or_where_the_kernel_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fused_sums(CPU) is None
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(module, "_proven", module._proven.__wrapped__)

    def broken(base: torch.Tensor, checkpoint: torch.Tensor) -> PairSums:
        raise ImportError

    monkeypatch.setattr(module, "kernel_sums", broken)
    assert fused_sums(torch.device("cuda")) is None


@pytest.mark.gpu
@NO_GPU
def test_the_kernel_serves_on_a_gpu() -> None:
    device = torch.device("cuda")
    assert agrees(kernel_sums, device)
    assert fused_sums(device) is not None
