"""Liger's fused linear divergence, on the random states that `python -m benchmarks gpu` gives to all."""

from __future__ import annotations

import statistics
import time
from typing import Any

import torch
from torch import Tensor

from .worker import serve


def random_heads(
    tokens: int, width: int, vocabulary: int, dtype: torch.dtype, device: torch.device
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Weight of the base's head and its states, then the checkpoint's: the same numbers in every process of a device.

    Shapes: (vocabulary, width), (tokens, width), and the same again.
    """
    generator = torch.Generator(device).manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=device, dtype=dtype)

    weight = normal(vocabulary, width).mul_(0.02)
    moved_weight = weight + 1e-3 * normal(vocabulary, width)
    states = normal(tokens, width)
    return weight, states, moved_weight, states + 1e-2 * normal(tokens, width)


@torch.no_grad()
def work(request: dict[str, Any]) -> dict[str, Any]:
    """The forward KL of all tokens, several times: median seconds after a warm-up, peak memory in bytes, the mean KL.

    It has no gradient of the weights to compute, but computes that of the states.
    """
    from liger_kernel.ops import LigerFusedLinearJSDFunction

    device = torch.device(request["device"])
    weight, states, moved_weight, moved = random_heads(
        request["tokens"], request["width"], request["vocabulary"], getattr(torch, request["dtype"]), device
    )
    seconds, loss = [], torch.zeros(())
    torch.cuda.reset_peak_memory_stats(device)
    for _ in range(request["runs"] + 1):
        torch.cuda.synchronize(device)
        started = time.perf_counter()
        loss = LigerFusedLinearJSDFunction.apply(moved, moved_weight, states, weight, None, 0.0)
        torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - started)
    return {
        "seconds": statistics.median(seconds[1:]),
        "memory": torch.cuda.max_memory_allocated(device),
        "mean_kl": float(loss),
    }


if __name__ == "__main__":
    serve(work, ["liger-kernel", "triton", "torch"])
