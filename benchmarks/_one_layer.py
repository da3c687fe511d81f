"""The statistics of one layer with the shapes of a real model, and an estimate of the complete model from them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import torch
from safetensors.torch import save_file

from skillprobe_core.machine.processor import cores
from skillprobe_core.measurements.parameters.elementwise_stats import elementwise_stats
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.spectra_of_base import spectra_by_matrix
from skillprobe_core.runs.weights import Weights, open_weights

Shapes = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Model:
    """A model's matrices: those of a layer, the number of layers, and those outside the layers."""

    name: str
    layer: Shapes
    layers: int
    outside: Shapes


_QKVO = {"q_proj": (4096, 4096), "k_proj": (1024, 4096), "v_proj": (1024, 4096), "o_proj": (4096, 4096)}
_MLP = {"gate_proj": (12288, 4096), "up_proj": (12288, 4096), "down_proj": (4096, 12288)}
MODELS = {
    "7b": Model(
        name="Qwen3-8B",
        layer={**{f"self_attn.{name}": shape for name, shape in _QKVO.items()},
               **{f"mlp.{name}": shape for name, shape in _MLP.items()}},
        layers=36,
        outside={"embed_tokens": (151_936, 4096), "lm_head": (151_936, 4096)},
    ),
    "tiny": Model("a tiny model", {"self_attn.q_proj": (96, 64), "mlp.up_proj": (160, 64)}, 3, {"lm_head": (500, 64)}),
}  # fmt: skip
# Change of a weight relative to its size that alters nearly every number in bf16, the slowest case of the pass.
_CHANGE = 2e-2


def one_layer(
    model: Model, folder: Path, *, runs: int, spectra_runs: int, workers: int | None, device: str | None
) -> Iterator[dict[str, Any]]:
    """One record per stage, measured, and one per stage of the complete model, estimated: seconds of wall-clock time.

    Args:
        model: The shapes; the weights are noise in bf16, and nearly all of the checkpoint's differ from the base's.
        folder: For the weights of both.
        runs: Runs of the elementwise stage, after one that is not counted. The median counts.
        spectra_runs: Runs of either stage of spectra.
        workers: Threads (default: one per core).
        device: Where sums and spectra are computed (default: on the processor).
    """
    base, tuned = _written(model, folder)
    stages: dict[str, tuple[Callable[[], pl.DataFrame], int]] = {
        "elementwise": (
            partial(elementwise_stats, base, tuned, model="m", step=1, workers=workers, device=device),
            runs,
        )
    }
    elements = stages["elementwise"][0]()
    known: list[pl.DataFrame] = []

    def of_base() -> pl.DataFrame:
        known[:] = [pl.concat(spectra_by_matrix(base, digest="benchmark", workers=workers, device=device))]
        return known[0]

    def of_checkpoint() -> pl.DataFrame:
        return parameter_stats(
            base, tuned, model="m", step=1, elements=elements, base_spectra=known[0], workers=workers, device=device
        )

    stages |= {"base_spectra": (of_base, spectra_runs), "spectra": (of_checkpoint, spectra_runs)}
    for name, (stage, times) in stages.items():
        seconds, processor = _median_seconds(stage, times)
        about = {"runs": times, "threads": workers or cores(), "device": device or "cpu"}
        yield {"name": f"layer/{name}", "seconds": seconds, "processor_seconds": processor, **about}
        share = _elements if name == "elementwise" else _operations
        layer = sum(map(share, model.layer.values()))
        whole = model.layers * layer + sum(map(share, model.outside.values()))
        estimated = {"seconds": seconds * whole / layer, "processor_seconds": processor * whole / layer}
        yield {"name": f"{model.name}/{name}", **estimated, **about, "estimate": f"{whole / layer:.3g} times the layer"}


def _elements(shape: tuple[int, int]) -> float:
    return float(shape[0] * shape[1])


def _operations(shape: tuple[int, int]) -> float:
    """Floating-point operations of a spectrum: the Gram matrix, and its reduction to a tridiagonal one."""
    short, long = sorted(shape)
    return long * short**2 + 4 * short**3 / 3


def _median_seconds(stage: Callable[[], object], runs: int) -> tuple[float, float]:
    """Medians of wall-clock and of processor seconds."""
    found = []
    for _ in range(runs):
        wall, processor = time.perf_counter(), time.process_time()
        stage()
        found.append((time.perf_counter() - wall, time.process_time() - processor))
    walls, processors = zip(*found, strict=True)
    return statistics.median(walls), statistics.median(processors)


def _written(model: Model, folder: Path) -> tuple[Weights, Weights]:
    generator = torch.Generator().manual_seed(0)
    base, tuned = {}, {}
    for name, shape in model.layer.items():
        weight = torch.randn(shape, generator=generator).mul_(0.02)
        key = f"model.layers.0.{name}.weight"
        base[key] = weight.bfloat16()
        tuned[key] = torch.randn(shape, generator=generator).mul_(_CHANGE).add_(1.0).mul_(weight).bfloat16()
    for side, tensors in (("base", base), ("tuned", tuned)):
        (folder / side).mkdir(parents=True)
        save_file(tensors, folder / side / "model.safetensors")
    return open_weights(folder / "base"), open_weights(folder / "tuned")
