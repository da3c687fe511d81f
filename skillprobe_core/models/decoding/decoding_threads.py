"""Number of threads for decoding: one for a small model on a CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from transformers import PreTrainedModel

# Each operation of a small model takes microseconds. Threads then wait for each other longer than they compute, and
# longer still when another process occupies one of the cores.
SMALL_PARAMETERS = 20_000_000


@contextmanager
def fitting_threads(model: PreTrainedModel) -> Iterator[None]:
    """Use one thread within the block, if the model is on a CPU and has fewer than `SMALL_PARAMETERS`."""
    before = torch.get_num_threads()
    if model.device.type != "cpu" or before == 1 or model.num_parameters() >= SMALL_PARAMETERS:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
