"""What a base alone decides, computed once: singular values and leading directions of each of its matrices."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import polars as pl

from skillprobe_core.checkpoints.weights import Weights
from skillprobe_core.store.tables.base_spectra import BASE_SPECTRA

from .pairing import Pair, pair_tensors
from .side import Side, Whole
from .source import tall_matrix
from .spectral.decomposition import decompose
from .spectral.family import subspace_size
from .spectral.matrix import Array
from .workers import in_parallel

Known = Mapping[str, tuple[Array, Array]]


def base_spectra(base: Weights, *, digest: str, exact: bool = True, workers: int | None = None) -> pl.DataFrame:
    """The table `base_spectra`: for each matrix of the base, its spectrum, as `parameter_stats` takes it.

    `digest` names the base (its weights' digest). Raises CheckpointError for NaN or infinite weights.
    """
    side = Whole(base)
    pairs = [pair for pair in pair_tensors(side, side) if pair.status == "compared" and len(pair.shape) > 1]
    rows = in_parallel([partial(_row, side, pair, exact=exact) for pair in pairs], workers)
    frame = pl.DataFrame([{"base": digest, **row} for row in rows], schema=BASE_SPECTRA.polars_schema)
    return BASE_SPECTRA.conform(frame)


def known_spectra(frame: pl.DataFrame | None) -> Known:
    """The frame's spectra by the base's tensor names."""
    if frame is None:
        return {}
    known = {}
    rows = zip(*(frame[name] for name in ("tensor", "singular_values", "right_vectors", "columns")), strict=True)
    for tensor, values, vectors, columns in rows:
        known[tensor] = (values.to_numpy(), np.frombuffer(vectors).reshape(-1, columns).T)
    return known


def read_known(known: Known, name: str | None) -> tuple[Array, Array] | None:
    """The spectrum of that tensor, None where it is not known."""
    return known.get(name or "")


def _row(side: Side, pair: Pair, *, exact: bool) -> dict[str, object]:
    source = side.source(pair.name, pair.part)
    largest = max(float(source.rows(start, start + 64).abs().max()) for start in range(0, source.shape[0], 64))
    matrix = tall_matrix(source, largest)
    found = decompose(matrix, min(2 * subspace_size(matrix.columns), matrix.columns), exact=exact)
    return {
        "tensor": pair.label,
        "rows": matrix.rows,
        "columns": matrix.columns,
        "singular_values": found.values.tolist(),
        "vectors": found.right.shape[1],
        "right_vectors": np.ascontiguousarray(found.right.T).tobytes(),
    }
