"""Marks of tests on a CUDA device, which `make test-gpu` runs, and devices for tests that run on both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
DEVICES = ["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, NO_GPU])]


@contextmanager
def nearly_full(room: int) -> Iterator[torch.device]:
    """The CUDA device with about `room` bytes left to this process, so that memory really runs out."""
    device = torch.device("cuda", torch.cuda.current_device())
    for dtype in (torch.float32, torch.float64):
        torch.ones(2, 2, dtype=dtype, device=device).mm(torch.ones(2, 2, dtype=dtype, device=device))  # its workspace
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved(device) + room) / total, device)
    try:
        yield device
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
        torch.cuda.empty_cache()
