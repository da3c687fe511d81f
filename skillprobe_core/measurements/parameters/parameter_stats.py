"""`parameter_stats`: every measure of every tensor, in one streamed pass."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import polars as pl

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.parameters.spectral.decomposition import Decomposition, decompose
from skillprobe_core.measurements.parameters.spectral.matrix import Array
from skillprobe_core.measurements.parameters.spectral.spectral_family import Spectra, subspace_size
from skillprobe_core.runs.logical_tensors import LogicalTensor
from skillprobe_core.runs.tensor_pairs import Pair
from skillprobe_core.runs.weights import Weights

from .blockwise import Elements, pass_over
from .compared_weights import Side, side_of, sides
from .master_weights import described, equal_as_stored, type_of_equality
from .matrix_reader import MatrixReader, tall_difference, tall_matrix
from .memory_bound import assembled_memory, usual_limit, working_memory
from .paired_tensors import pair_tensors
from .parameter_measure import exactly
from .parameter_registry import distributions, elementwise, spectral
from .parameter_stats_table import PARAMETER_STATS
from .spectra_of_base import Known, known_label, known_spectra
from .spectra_sample import with_spectra
from .spectra_settings import Spectra as WithSpectra
from .tensor_components import component_of_pair
from .tensor_workers import Job, in_parallel
from .update_agreement import Origins, compare_update, origins


def parameter_stats(
    base: Weights,
    checkpoint: Weights,
    *,
    model: str,
    step: int,
    previous: Weights | None = None,
    previous_step: int | None = None,
    base_spectra: pl.DataFrame | Path | None = None,
    spectra: WithSpectra = "all",
    exact: bool = True,
    workers: int | None = None,
    memory: int | None = None,
    device: str | None = None,
) -> pl.DataFrame:
    """The table `parameter_stats` of a checkpoint: one row per tensor, compared with its base's.

    With `previous`, an earlier checkpoint of the run (or any other checkpoint of the base), there is a second row per
    tensor, compared with that one (`compared_with` is `previous`), which also has the agreement of the two updates.
    `base_spectra` is the result of `spectra_by_matrix(base)`, as one frame or as the file with it, which is read matrix
    by matrix; it saves the part that depends on the base alone. `spectra` selects the matrices with spectral measures
    (see `with_spectra`). `exact` gives singular values to 1e-12 of the largest,
    else to 1e-8. `workers` threads (default: one per core) take a tensor each, as long as all together use at most
    `memory` bytes (default: 2.5 times the stored size of the largest tensor). With a `device`, for example `cuda`,
    torch computes the spectra there, one tensor at a time; otherwise LAPACK does.

    Tensors are read from mapped files in blocks; an adapter's update is never merged. A tensor that only one side has,
    that has another shape, or that is stored in a quantised format that is not dequantised, is a row with its status
    and no measures. Raises CheckpointError for a different number of layers, for models that have less than half of
    their parameters in common, and for NaN or infinite weights, naming tensor and file.
    """
    known = known_spectra(base_spectra)
    old, new = sides(base, checkpoint)
    from_base = pair_tensors(old, new)
    row = partial(_row, known=known, chosen=with_spectra(from_base, spectra), exact=exact, device=device)
    held = assembled_memory(base, checkpoint)
    jobs = [Job(partial(row, old, new, pair), working_memory(pair.shape) + held(pair)) for pair in from_base]
    keys: list[dict[str, object]] = [{"compared_with": "base", "compared_step": 0}] * len(jobs)
    if previous is not None:
        earlier = side_of(base, previous)
        pairs = pair_tensors(earlier, new)
        origin = origins(old, from_base)
        held = assembled_memory(previous, checkpoint)
        size = [working_memory(pair.shape) + held(pair) for pair in pairs]
        jobs += [
            Job(partial(row, earlier, new, pair, origin=origin), each) for pair, each in zip(pairs, size, strict=True)
        ]
        keys += [{"compared_with": "previous", "compared_step": previous_step}] * len(pairs)
    rows = in_parallel(jobs, memory=memory or usual_limit(base, checkpoint), workers=workers)
    complete = [{"model": model, "step": step, **key, **row} for key, row in zip(keys, rows, strict=True)]
    return PARAMETER_STATS.conform(pl.DataFrame(complete, schema=PARAMETER_STATS.polars_schema))


def _row(
    old: Side,
    new: Side,
    pair: Pair,
    *,
    known: Known,
    chosen: frozenset[str],
    exact: bool,
    device: str | None,
    origin: Origins | None = None,
) -> dict[str, object]:
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
    elements = pass_over(w0, w)
    for side, stored, finite in ((pair.base, old, elements.base_finite), (pair.tensor, new, elements.tensor_finite)):
        if not finite:
            raise _not_finite(side.tensor, stored)
    row |= of_elements(elements)
    if equality is not None:
        row |= equal_as_stored(w0, w, equality)
    if pair.label in chosen:
        stored_spectrum = None if origin else known(known_label(pair.base))
        row |= of_spectra(w0, w, elements, stored_spectrum, exact=exact, device=device)
    if origin is not None:
        row |= compare_update(origin(pair), w0, w, directions=pair.label in chosen, exact=exact, device=device)
    return row


def of_elements(elements: Elements) -> dict[str, float | None]:
    """The measures of a tensor's weights one by one, from a pass over them that found all finite."""
    row: dict[str, float | None] = {}
    for family in elementwise():
        row |= exactly(family.name, family.measures, family.finish(elements.totals))
    for sizes in distributions():
        row |= exactly(sizes.name, sizes.measures, sizes.finish(elements.histogram, elements.delta_largest))
    return row


def of_spectra(
    w0: MatrixReader,
    w: MatrixReader,
    elements: Elements,
    known: tuple[Array, Array] | None = None,
    *,
    exact: bool = True,
    device: str | None = None,
) -> dict[str, float | bool | None]:
    """The measures of a matrix and of its update as complete matrices.

    elements: the pass over both. known: the base's singular values and leading right vectors, if they are stored.
    """
    base = tall_matrix(w0, elements.base_largest, device)
    tensor = tall_matrix(w, elements.tensor_largest, device)
    delta = tall_difference(w0, w, elements.delta_largest, (base, tensor), device)
    k = subspace_size(base.columns)
    of_base = Decomposition(base, *known) if known else decompose(base, min(2 * k, base.columns), exact=exact)
    # Nothing changed: the checkpoint's spectrum is the base's.
    of_tensor = of_base if delta.largest == 0.0 else decompose(tensor, k, exact=exact)
    # For the update only norms, ranks and entropies are reported, for which 1e-8 of the largest value is enough.
    spectra = Spectra(base.rows, base.columns, of_base, of_tensor, decompose(delta, 0, exact=False))
    row: dict[str, float | bool | None] = {}
    for family in spectral():
        row |= exactly(family.name, family.measures, family.measure(spectra))
    return row


def _not_finite(info: LogicalTensor, side: Side) -> CheckpointError:
    tensor = side.tensor(info.key)
    nan = tensor is not None and bool(tensor.isnan().any())
    return CheckpointError(
        f"tensor {info.name!r} holds {'NaN' if nan else 'infinite'} weights",
        remedy="evaluate an earlier checkpoint: the training had diverged when this one was written",
        path=info.file,
    )
