"""The pass over all elements of two tensors, compared with a plain sum of the same bytes."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from skillprobe_core.measurements.parameters.blockwise import pass_over
from skillprobe_core.measurements.parameters.matrix_reader import stored
from skillprobe_core.runs.weights import open_weights

Part = tuple[torch.Tensor, torch.Tensor]
SHAPE = (4096, 14336)
# Changes of a weight, relative to its size: enough to change nearly every number of the type.
CHANGES = {torch.float32: 1e-3, torch.bfloat16: 2e-2, torch.float16: 4e-3}
SHARES = {"all": 1.0, "5 %": 0.05, "none": 0.0}


def elementwise(folder: Path, threads: int, runs: int) -> Iterator[dict[str, Any]]:
    """One record per type, share of changed weights and source, with the medians of interleaved runs.

    Both figures are in GB per second of processor time, `wall_skillprobe` and `wall_floor` in GB per second. The floor
    sums both tensors' bytes as float32, which is the fastest sum in torch.
    """
    for dtype, size in CHANGES.items():
        generator = torch.Generator().manual_seed(0)
        weights = torch.randn(SHAPE, generator=generator).mul_(0.02)
        moved = torch.randn(SHAPE, generator=generator).mul_(size).add_(1.0).mul_(weights).to(dtype)
        base = weights.to(dtype)
        del weights
        for name, share in SHARES.items():
            tensor = torch.where(torch.rand(SHAPE, generator=generator) < share, moved, base)
            about = {"dtype": str(dtype).removeprefix("torch.")}
            yield {**about, "group": f"{name} changed, memory", **_compare(base, tensor, threads, runs)}
            files = [folder / side / "model.safetensors" for side in ("base", "tensor")]
            for file, values in zip(files, (base, tensor), strict=True):
                file.parent.mkdir(exist_ok=True)
                save_file({"weight": values}, file)
            old, new = (open_weights(file.parent).tensor("weight") for file in files)
            yield {**about, "group": f"{name} changed, mapped file", **_compare(old, new, threads, runs)}
            del old, new
            gc.collect()


def _compare(base: torch.Tensor, tensor: torch.Tensor, threads: int, runs: int) -> dict[str, Any]:
    parts = list(zip(base.chunk(threads), tensor.chunk(threads), strict=True))
    gigabytes = 2 * base.nbytes / 1e9

    def skillprobe(part: Part) -> None:
        pass_over(stored(part[0]), stored(part[1]))

    def floor(part: Part) -> None:
        for side in part:
            side.view(torch.float32).sum()

    seconds: dict[str, list[float]] = {"skillprobe": [], "floor": [], "wall_skillprobe": [], "wall_floor": []}
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(runs + 1):
            for name, function in (("skillprobe", skillprobe), ("floor", floor)):
                processor, wall = _seconds(partial(_all, pool, function, parts))
                seconds[name].append(processor)
                seconds[f"wall_{name}"].append(wall)
    # The first run compiles the kernel and reads the files from the disk.
    rates = {name: gigabytes / statistics.median(times[1:]) for name, times in seconds.items()}
    floor_rate = rates.pop("floor")
    about = {"unit": "GB per processor s", "peer": "plain sum", "peer_figure": floor_rate}
    return {**about, **rates, "ratio": rates["skillprobe"] / floor_rate, "threads": threads, "runs": runs}


def _all(pool: ThreadPoolExecutor, function: Callable[[Part], None], parts: list[Part]) -> None:
    list(pool.map(function, parts))


def _seconds(function: Callable[[], object]) -> tuple[float, float]:
    processor, wall = time.process_time(), time.perf_counter()
    function()
    return time.process_time() - processor, time.perf_counter() - wall
