"""`elementwise_stats`: the measures of every tensor's weights one by one, in one streamed pass."""

from __future__ import annotations

import math
from functools import partial

import polars as pl

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.logical_tensors import LogicalTensor
from skillprobe_core.runs.tensor_pairs import Pair
from skillprobe_core.runs.weights import Weights

from .blockwise import Elements, pass_over
from .compared_weights import Side, side_of, sides
from .elementwise_stats_table import ELEMENTWISE_STATS, LARGEST
from .master_weights import described, equal_as_stored, type_of_equality
from .memory_bound import assembled_memory, memory_limit, working_memory
from .paired_tensors import pair_tensors
from .parameter_measure import exactly
from .parameter_registry import distributions, elementwise
from .tensor_components import component_of_pair
from .tensor_workers import Job, in_parallel


def elementwise_stats(
    base: Weights,
    checkpoint: Weights,
    *,
    model: str,
    step: int,
    previous: Weights | None = None,
    previous_step: int | None = None,
    workers: int | None = None,
    device: str | None = None,
) -> pl.DataFrame:
    """The table `elementwise_stats` of a checkpoint: one row per tensor, compared with its base's.

    Args:
        base: The base's weights.
        checkpoint: The checkpoint's.
        model: Name of the model.
        step: The checkpoint's step.
        previous: An earlier checkpoint, with which each tensor is also compared.
        previous_step: Its step.
        workers: Threads that take a tensor each (default: one per core), within the memory of `memory_limit`.
        device: Where the sums are made, for example `cuda` (default: on the processor).

    Returns:
        The rows, those compared with the base first.

    Raises:
        CheckpointError: The models differ in layers or in most parameters, or weights are NaN or infinite.
    """
    of_base, new = sides(base, checkpoint)
    compared: list[tuple[str, int | None, Side, Weights]] = [("base", 0, of_base, base)]
    if previous is not None:
        compared.append(("previous", previous_step, side_of(base, previous), previous))
    jobs: list[Job[dict[str, object]]] = []
    for name, other_step, old, other in compared:
        held = assembled_memory(other, checkpoint)
        keys = {"model": model, "step": step, "compared_with": name, "compared_step": other_step}
        jobs += [
            Job(partial(_row, old, new, pair, keys, device), working_memory(pair.shape) + held(pair))
            for pair in pair_tensors(old, new)
        ]
    rows = in_parallel(jobs, memory=memory_limit(base, checkpoint), workers=workers)
    return ELEMENTWISE_STATS.conform(pl.DataFrame(rows, schema=ELEMENTWISE_STATS.polars_schema))


def _row(old: Side, new: Side, pair: Pair, keys: dict[str, object], device: str | None) -> dict[str, object]:
    return keys | elementwise_row(old, new, pair, device=device)


def elementwise_row(old: Side, new: Side, pair: Pair, *, device: str | None = None) -> dict[str, object]:
    """A tensor's row of `elementwise_stats` without its keys; measures only of one that is compared.

    Raises CheckpointError for NaN or infinite weights, naming tensor and file.
    """
    piece = pair.piece
    known_shape = piece is not None and not piece.tensor.unreadable
    equality = None
    if pair.status == "compared" and pair.base is not None and pair.tensor is not None:
        equality = type_of_equality(pair.base.tensor.dtype, pair.tensor.tensor.dtype)
    row: dict[str, object] = {
        "tensor": pair.label,
        "base_tensor": pair.base_label,
        "status": pair.status,
        "tied_to": pair.tied_to,
        "component": component_of_pair(pair),
        "layer": pair.layer,
        "shape": list(pair.shape) if known_shape else None,
        "elements": math.prod(pair.shape) if known_shape else None,
        "base_dtype": pair.base.tensor.dtype if pair.base else None,
        "dtype": described(pair.tensor.tensor.dtype, equality) if pair.tensor else None,
    }
    if pair.status != "compared" or pair.base is None or pair.tensor is None:
        return row
    w0, w = old.matrix(pair.base), new.matrix(pair.tensor)
    elements = pass_over(w0, w, device=device)
    for side, stored, finite in ((pair.base, old, elements.base_finite), (pair.tensor, new, elements.tensor_finite)):
        if not finite:
            raise _not_finite(side.tensor, stored)
    row |= of_elements(elements)
    row |= dict(zip((column.name for column in LARGEST), elements.largest[:2], strict=True))
    return row if equality is None else row | equal_as_stored(w0, w, equality)


def of_elements(elements: Elements) -> dict[str, float | None]:
    """The measures of a tensor's weights one by one, from a pass over them that found all finite."""
    row: dict[str, float | None] = {}
    for family in elementwise():
        row |= exactly(family.name, family.measures, family.finish(elements.totals))
    for sizes in distributions():
        row |= exactly(sizes.name, sizes.measures, sizes.finish(elements.histogram, elements.largest.delta))
    return row


def _not_finite(info: LogicalTensor, side: Side) -> CheckpointError:
    tensor = side.tensor(info.key)
    nan = tensor is not None and bool(tensor.isnan().any())
    return CheckpointError(
        f"tensor {info.name!r} holds {'NaN' if nan else 'infinite'} weights",
        remedy="evaluate an earlier checkpoint: the training had diverged when this one was written",
        path=info.file,
    )
