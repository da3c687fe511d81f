"""How many threads decode: one for a small model on a CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from transformers import PreTrainedModel

# Each operation of a small model takes microseconds. Threads then wait for each other longer than they compute, and
# where another process has one of the cores, for as long as that keeps it.
SMALL_PARAMETERS = 20_000_000


@contextmanager
def fitting_threads(model: PreTrainedModel) -> Iterator[None]:
    """One thread while the block runs, if the model is on a CPU and has fewer than `SMALL_PARAMETERS`."""
    before = torch.get_num_threads()
    if model.device.type != "cpu" or before == 1 or model.num_parameters() >= SMALL_PARAMETERS:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
