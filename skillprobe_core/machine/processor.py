"""The processor that models run on: its name, its cores, and the machine's memory."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def processor_name(device: torch.device) -> str:
    """Name the processor behind a device, with the instructions that torch uses where it is a CPU."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type != "cpu":
        return device.type
    return f"{_cpu_name()} ({torch.backends.cpu.get_cpu_capability()})"


def cores() -> int:
    """Number of processor cores that this process may use."""
    # macOS does not tell which cores a process may use.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes() -> int:
    """Size of the machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def free_memory_bytes() -> int:
    """Memory that programs can take now without swapping; a quarter of the machine's where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    kilobytes = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    return next((int(each) * 1024 for each in kilobytes), memory_bytes() // 4)


@cache
def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
