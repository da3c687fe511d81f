"""`parameter_stats`: every measure of every tensor, in one streamed pass."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import cast

import polars as pl

from skillprobe_core.measurements.parameters.spectral.decomposition import Decomposition, decompose
from skillprobe_core.measurements.parameters.spectral.matrix import Array
from skillprobe_core.measurements.parameters.spectral.spectral_family import Spectra, subspace_size
from skillprobe_core.runs.tensor_pairs import Pair
from skillprobe_core.runs.weights import Weights

from .blockwise import Largest
from .compared_weights import Side, side_of, sides
from .elementwise_stats import elementwise_row
from .elementwise_stats_table import LARGEST
from .matrix_reader import MatrixReader, tall_difference, tall_matrix
from .memory_bound import assembled_memory, memory_limit, working_memory
from .paired_tensors import pair_tensors
from .parameter_measure import exactly
from .parameter_registry import spectral
from .parameter_stats_table import PARAMETER_STATS
from .spectra_of_base import Known, known_label, known_spectra
from .spectra_sample import with_spectra
from .spectra_settings import Spectra as WithSpectra
from .tensor_workers import Job, Through, one_by_one
from .update_agreement import Origins, compare_update, origins


def parameter_stats(
    base: Weights,
    checkpoint: Weights,
    *,
    model: str,
    step: int,
    previous: Weights | None = None,
    previous_step: int | None = None,
    elements: pl.DataFrame | None = None,
    base_spectra: pl.DataFrame | Path | None = None,
    spectra: WithSpectra = "all",
    workers: int | None = None,
    device: str | None = None,
    through: Through[dict[str, object]] | None = None,
) -> pl.DataFrame:
    """The table `parameter_stats` of a checkpoint: one row per tensor, compared with its base's.

    With `previous`, an earlier checkpoint of the run (or any other checkpoint of the base), there is a second row per
    tensor, compared with that one (`compared_with` is `previous`), which also has the agreement of the two updates.

    Tensors are read from mapped files in blocks; an adapter's update is never merged. A tensor that only one side has,
    that has another shape, or that is stored in a quantised format that is not dequantised, is a row with its status
    and no measures.

    Args:
        base: The base's weights.
        checkpoint: The checkpoint's.
        model: Name of the model.
        step: The checkpoint's step.
        previous: An earlier checkpoint, with which each tensor is also compared.
        previous_step: Its step.
        elements: The result of `elementwise_stats` for the same comparisons. It saves the pass over single weights.
        base_spectra: The result of `spectra_by_matrix(base)`, as one frame, or as the file with it, which is read
            matrix by matrix. It saves the part that depends on the base alone.
        spectra: The matrices with spectral measures (see `with_spectra`).
        workers: Threads that take a tensor each (default: one per core), within the memory of `memory_limit`.
        device: Where sums and spectra are computed, for example `cuda` (default: on the processor).
        through: Gives the rows of the jobs in its own way (see `GivingWay`).

    Returns:
        The rows, those compared with the base first.

    Raises:
        CheckpointError: The models differ in layers or have less than half of their parameters in common, or weights
            are NaN or infinite; it names tensor and file.
    """
    known = known_spectra(base_spectra)
    old, new = sides(base, checkpoint)
    from_base = pair_tensors(old, new)
    row = partial(_row, known=known, chosen=with_spectra(from_base, spectra), device=device)
    held = assembled_memory(base, checkpoint)
    stored = _by_comparison(elements)
    jobs = [
        Job(partial(row, old, new, pair, stored.get(("base", pair.label))), working_memory(pair.shape) + held(pair))
        for pair in from_base
    ]
    keys: list[dict[str, object]] = [{"compared_with": "base", "compared_step": 0}] * len(jobs)
    if previous is not None:
        earlier = side_of(base, previous)
        pairs = pair_tensors(earlier, new)
        origin = origins(old, from_base)
        held = assembled_memory(previous, checkpoint)
        size = [working_memory(pair.shape) + held(pair) for pair in pairs]
        jobs += [
            Job(partial(row, earlier, new, pair, stored.get(("previous", pair.label)), origin=origin), each)
            for pair, each in zip(pairs, size, strict=True)
        ]
        keys += [{"compared_with": "previous", "compared_step": previous_step}] * len(pairs)
    run = partial(one_by_one, memory=memory_limit(base, checkpoint), workers=workers)
    rows = run(jobs) if through is None else through(jobs, run)
    complete = [{"model": model, "step": step, **key, **row} for key, row in zip(keys, rows, strict=True)]
    return PARAMETER_STATS.conform(pl.DataFrame(complete, schema=PARAMETER_STATS.polars_schema))


def _by_comparison(elements: pl.DataFrame | None) -> dict[tuple[str, str], dict[str, object]]:
    """The rows of `elementwise_stats` by `compared_with` and tensor."""
    rows = [] if elements is None else elements.iter_rows(named=True)
    return {(row["compared_with"], row["tensor"]): row for row in rows}


def _row(
    old: Side,
    new: Side,
    pair: Pair,
    elements: Mapping[str, object] | None,
    *,
    known: Known,
    chosen: frozenset[str],
    device: str | None,
    origin: Origins | None = None,
) -> dict[str, object]:
    row = dict(elements) if elements is not None else elementwise_row(old, new, pair, device=device)
    sides = [row.pop(column.name, None) for column in LARGEST]
    if pair.status != "compared" or pair.base is None or pair.tensor is None:
        return row
    largest = Largest(*cast("list[float]", [*sides, row["delta_max"]]))
    w0, w = old.matrix(pair.base), new.matrix(pair.tensor)
    if pair.label in chosen:
        stored_spectrum = None if origin else known(known_label(pair.base))
        row |= of_spectra(w0, w, largest, stored_spectrum, device=device)
    if origin is not None:
        row |= compare_update(origin(pair), w0, w, directions=pair.label in chosen, device=device)
    return row


def of_spectra(
    w0: MatrixReader,
    w: MatrixReader,
    largest: Largest,
    known: tuple[Array, Array] | None = None,
    *,
    device: str | None = None,
) -> dict[str, float | bool | None]:
    """The measures of a matrix and of its update as complete matrices.

    largest: of |W0|, |W| and |D|. known: the base's singular values and leading right vectors, if they are stored.
    """
    base = tall_matrix(w0, largest.base, device)
    tensor = tall_matrix(w, largest.tensor, device)
    delta = tall_difference(w0, w, largest.delta, (base, tensor), device)
    k = subspace_size(base.columns)
    of_base = Decomposition(base, *known) if known else decompose(base, min(2 * k, base.columns))
    # Nothing changed: the checkpoint's spectrum is the base's.
    of_tensor = of_base if delta.largest == 0.0 else decompose(tensor, k)
    # For the update only norms, ranks and entropies are reported, for which 1e-8 of the largest value is enough.
    spectra = Spectra(base.rows, base.columns, of_base, of_tensor, decompose(delta, 0, exact=False))
    row: dict[str, float | bool | None] = {}
    for family in spectral():
        row |= exactly(family.name, family.measures, family.measure(spectra))
    return row
