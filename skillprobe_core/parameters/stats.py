"""`parameter_stats`: every measure of every tensor, read block by block."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import polars as pl
import torch

from skillprobe_core.checkpoints.weights import TensorInfo, Weights
from skillprobe_core.errors import CheckpointError
from skillprobe_core.store.tables.parameter_stats import PARAMETER_STATS

from .elementwise.block import Totals, add_up, make_block
from .names import component_of, layer_of
from .pairing import Pair, pair_tensors
from .registry import ELEMENTWISE, SPECTRAL
from .spectral.family import Spectra
from .spectral.matrix import Matrix, singular_values

# Elements of a block of the elementwise pass: small enough that its intermediates stay in cache.
_BLOCK_ELEMENTS = 1 << 16


def parameter_stats(base: Weights, checkpoint: Weights, *, model: str, step: int) -> pl.DataFrame:
    """The table `parameter_stats` of a checkpoint: one row per floating-point tensor, compared with its base's.

    Both are read from mapped files, tensor by tensor, in blocks. Raises CheckpointError for a tensor that only one
    of them has, for unequal shapes, and for NaN or infinite weights, naming tensor and file.
    """
    rows = [
        {"model": model, "step": step, "reference": "base", **_tensor_row(base, checkpoint, pair)}
        for pair in pair_tensors(base, checkpoint)
        if pair.tensor.floating and pair.base.floating and pair.tensor.elements
    ]
    frame = pl.DataFrame(rows, schema=PARAMETER_STATS.polars_schema)
    return PARAMETER_STATS.conform(frame)


def _tensor_row(base: Weights, checkpoint: Weights, pair: Pair) -> dict[str, object]:
    old, new = base.tensor(pair.base.name), checkpoint.tensor(pair.name)
    totals = _elementwise(_as_matrix(old), _as_matrix(new))
    for info, name in ((pair.base, "base_squares"), (pair.tensor, "squares")):
        if not math.isfinite(float(totals[name])):
            raise _not_finite(info, base.tensor(info.name) if info is pair.base else new)
    row: dict[str, object] = {
        "tensor": pair.name,
        "component": component_of(pair.name),
        "layer": layer_of(pair.name),
        "shape": list(pair.tensor.shape),
        "elements": pair.tensor.elements,
        "base_dtype": pair.base.dtype,
        "dtype": pair.tensor.dtype,
    }
    for family in ELEMENTWISE:
        row |= family.finish(totals)
    if old.dim() > 1:
        spectra = _spectra(_as_matrix(old), _as_matrix(new), totals)
        for measure in SPECTRAL:
            row |= measure.measure(spectra)
    return row


def _as_matrix(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.reshape(1, -1) if tensor.dim() < 2 else tensor.reshape(tensor.shape[0], -1)


def _elementwise(old: torch.Tensor, new: torch.Tensor) -> Totals:
    totals: dict[str, npt.NDArray[np.float64]] = {"elements": np.asarray(float(new.numel()))}
    rows = max(1, _BLOCK_ELEMENTS // new.shape[1])
    for start in range(0, new.shape[0], rows):
        block = make_block(old[start : start + rows], new[start : start + rows])
        for family in ELEMENTWISE:
            add_up(totals, family.partial(block))
        add_up(totals, {"max_base": block.base.abs().max(), "max_tensor": block.tensor.abs().max()})
        add_up(totals, {"max_delta": block.delta.abs().max()})
    return totals


def _spectra(old: torch.Tensor, new: torch.Tensor, totals: Totals) -> Spectra:
    if new.shape[0] < new.shape[1]:
        old, new = old.T, new.T
    rows, columns = new.shape

    def read_old(start: int, stop: int) -> npt.NDArray[np.float64]:
        return np.asarray(old[start:stop].double().numpy())

    def read_new(start: int, stop: int) -> npt.NDArray[np.float64]:
        return np.asarray(new[start:stop].double().numpy())

    def read_delta(start: int, stop: int) -> npt.NDArray[np.float64]:
        return read_new(start, stop) - read_old(start, stop)

    largest = (("max_base", read_old), ("max_tensor", read_new), ("max_delta", read_delta))
    base, tensor, delta = (singular_values(Matrix(rows, columns, read), float(totals[name])) for name, read in largest)
    return Spectra(rows, columns, base, tensor, delta)


def _not_finite(info: TensorInfo, tensor: torch.Tensor) -> CheckpointError:
    for block in torch.split(tensor.flatten(), _BLOCK_ELEMENTS):
        values = block.double()
        if not bool(values.isfinite().all()):
            kind = "NaN" if bool(values.isnan().any()) else "infinite"
            return CheckpointError(
                f"tensor {info.name!r} holds {kind} weights",
                remedy="the training diverged before this checkpoint was written: take an earlier one",
                path=info.file,
            )
    return CheckpointError(
        f"tensor {info.name!r} holds weights too large to be squared",
        remedy="check how the checkpoint was written",
        path=info.file,
    )
