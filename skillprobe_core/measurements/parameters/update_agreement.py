"""Agreement of two updates from one base: of two checkpoints of a run, or of two runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import polars as pl
import torch

from skillprobe_core.measurements.parameters.elementwise.block import RELATIVE_TOLERANCE
from skillprobe_core.measurements.parameters.spectral.decomposition import decompose
from skillprobe_core.measurements.parameters.spectral.matrix import Array
from skillprobe_core.measurements.parameters.spectral.ranks import numerical_rank
from skillprobe_core.measurements.parameters.spectral.spectral_family import subspace_size
from skillprobe_core.runs.tensor_pairs import Pair
from skillprobe_core.runs.weights import Weights

from .agreement import TwoUpdates
from .compared_weights import Side, side_of, sides
from .matrix_reader import MatrixReader, tall_difference
from .memory_bound import memory_limit, working_memory
from .paired_tensors import pair_tensors
from .parameter_measure import exactly
from .parameter_registry import agreements
from .tensor_components import component_of_pair
from .tensor_workers import Job, in_parallel

_PIECE = 1 << 17
Origins = Callable[[Pair], MatrixReader | None]


def compare_updates(base: Weights, first: Weights, second: Weights) -> pl.DataFrame:
    """One row per tensor of base and both checkpoints: tensor, component, layer, elements, and the agreement.

    The measures are those of the families of agreement (agreement.py).
    """
    old, one = sides(base, first)
    other = side_of(base, second)
    pairs = [pair for pair in pair_tensors(one, other) if pair.status == "compared"]
    origin = origins(old, pair_tensors(old, other))

    def row(pair: Pair) -> dict[str, object]:
        assert pair.base is not None
        assert pair.tensor is not None
        return {
            "tensor": pair.label,
            "component": component_of_pair(pair),
            "layer": pair.layer,
            "elements": math.prod(pair.shape),
            **compare_update(origin(pair), one.matrix(pair.base), other.matrix(pair.tensor)),
        }

    jobs = [Job(partial(row, pair), working_memory(pair.shape)) for pair in pairs]
    rows = in_parallel(jobs, memory=memory_limit(base, first, second))
    return pl.DataFrame(rows, infer_schema_length=None)


def agreement(tensors: pl.DataFrame, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """Rows of `compare_updates` summarised by `by` (for example `component`): means over tensors, weighted by elements.

    Tensors that an update left unchanged have no measure and no weight.
    """
    measures = [measure for family in agreements() for measure in family.measures]
    means = [measure.whole(measure.name).alias(measure.name) for measure in measures if measure.whole]
    counts = (pl.len().cast(pl.Int64).alias("tensors"), pl.col("elements").sum())
    return tensors.group_by(*by).agg(*counts, *means).sort(by) if by else tensors.select(*counts, *means)


def origins(base: Side, pairs: list[Pair]) -> Origins:
    """A function from pairs with a checkpoint's tensors to the base's values for the same tensors.

    pairs: those of the checkpoint with its base. None for a tensor that the base lacks or holds in another form.
    """
    of_piece = {pair.tensor: pair.base for pair in pairs if pair.tensor is not None and pair.status == "compared"}

    def origin(pair: Pair) -> MatrixReader | None:
        piece = of_piece.get(pair.tensor) if pair.tensor is not None else None
        return None if piece is None else base.matrix(piece)

    return origin


def compare_update(
    base: MatrixReader | None,
    first: MatrixReader,
    second: MatrixReader,
    *,
    directions: bool = True,
    device: str | None = None,
) -> dict[str, float | None]:
    """The agreement of two updates of one tensor; None if the base has no such tensor or nothing was updated.

    Without `directions`, their leading singular directions are not compared.
    """
    if base is None:
        return dict.fromkeys(measure_names())
    sums, largest = np.zeros(6), [0.0, 0.0]
    rows = max(1, _PIECE // base.shape[1])
    for start in range(0, base.shape[0], rows):
        stop = min(start + rows, base.shape[0])
        old, one, two = (matrix.rows(start, stop).double() for matrix in (base, first, second))
        deltas, masks = (one - old, two - old), (_updated(old, one), _updated(old, two))
        largest = [max(size, float(delta.abs().max())) for size, delta in zip(largest, deltas, strict=True)]
        sums += [float(value) for value in _sums(*deltas, *masks)]
    dot, squares_one, squares_two, both, count_one, count_two = sums.tolist()
    updates = TwoUpdates(
        elements=base.shape[0] * base.shape[1],
        dot=dot,
        squares=(squares_one, squares_two),
        updated=(count_one, count_two),
        both=both,
        directions=_directions(base, first, second, largest, device=device) if directions else None,
    )
    row: dict[str, float | None] = {}
    for family in agreements():
        row |= exactly(family.name, family.measures, family.measure(updates))
    return row


def measure_names() -> tuple[str, ...]:
    """Names of all measures of two updates."""
    return tuple(measure.name for family in agreements() for measure in family.measures)


def _updated(old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    return (new - old).abs() > torch.maximum(old.abs(), new.abs()).mul_(RELATIVE_TOLERANCE)


def _sums(one: torch.Tensor, two: torch.Tensor, first: torch.Tensor, second: torch.Tensor) -> list[torch.Tensor]:
    return [(one * two).sum(), (one * one).sum(), (two * two).sum(), (first & second).sum(), first.sum(), second.sum()]


def _directions(
    base: MatrixReader,
    first: MatrixReader,
    second: MatrixReader,
    largest: list[float],
    *,
    device: str | None,
) -> tuple[Array, Array] | None:
    if min(base.shape) < 2 or not all(largest):
        return None
    leading = partial(_leading, base, device=device)
    return leading(first, largest[0]), leading(second, largest[1])


def _leading(base: MatrixReader, tensor: MatrixReader, largest: float, *, device: str | None) -> Array:
    """The update's leading singular directions on the shorter side, at most as many as its rank: columns x k.

    One update at a time, so that its memory is free before the next.
    """
    delta = tall_difference(base, tensor, largest, device=device)
    found = decompose(delta, subspace_size(delta.columns))
    return found.right[:, : numerical_rank(found.values, delta.rows)].copy()
