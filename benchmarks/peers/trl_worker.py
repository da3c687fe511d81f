"""TRL's chunked divergence kernel, on the random states that `benchmarks.divergence` gives to all."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import torch
from torch import Tensor

from .worker import serve

WIDTH, VOCABULARY = 576, 49152


@cache
def random_states(tokens: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Weight of the base's head and its states, then the checkpoint's: the same numbers in every process."""
    generator = torch.Generator().manual_seed(0)
    base = torch.randn(VOCABULARY, WIDTH, generator=generator) * 0.1
    checkpoint = base + torch.randn(base.shape, generator=generator) * 1e-3
    base_hidden = torch.randn(tokens, WIDTH, generator=generator)
    hidden = base_hidden + torch.randn(base_hidden.shape, generator=generator) * 1e-2
    return base, base_hidden, checkpoint, hidden


@torch.inference_mode()
def work(request: dict[str, Any]) -> dict[str, Any]:
    """The kernel once for each of forward KL, reverse KL and JSD; returns the processor seconds and the three means."""
    from trl.kernels.chunked_divergence import ChunkedDivergenceFunction

    torch.set_num_threads(request["threads"])
    base, base_hidden, checkpoint, hidden = random_states(request["tokens"])
    start = time.process_time()
    found = [
        ChunkedDivergenceFunction.apply(hidden, checkpoint, None, base_hidden, base, None, beta)[0]
        for beta in (0.0, 1.0, 0.5)
    ]
    return {"seconds": time.process_time() - start, "means": [float(each.double().mean()) for each in found]}


if __name__ == "__main__":
    serve(work, ["trl", "torch", "transformers"])
