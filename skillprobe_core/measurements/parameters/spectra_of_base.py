"""Spectra of a base, computed once: singular values and leading singular vectors of each of its matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from skillprobe_core.measurements.parameters.spectral.decomposition import decompose
from skillprobe_core.measurements.parameters.spectral.matrix import Array
from skillprobe_core.measurements.parameters.spectral.spectral_family import subspace_size
from skillprobe_core.runs.tensor_pairs import Pair
from skillprobe_core.runs.tensor_pieces import Part, Piece
from skillprobe_core.runs.weights import Weights

from .base_spectra_table import BASE_SPECTRA
from .compared_weights import Side, Whole
from .matrix_reader import tall_matrix
from .memory_bound import memory_limit, working_memory
from .paired_tensors import pair_tensors
from .spectra_sample import with_spectra
from .spectra_settings import Spectra
from .tensor_workers import Job, Through, one_by_one

_OF_A_SPECTRUM = ("singular_values", "right_vectors", "columns")
Known = Callable[[str | None], tuple[Array, Array] | None]


def spectra_by_matrix(
    base: Weights,
    *,
    digest: str,
    spectra: Spectra = "all",
    workers: int | None = None,
    device: str | None = None,
    through: Through[dict[str, object]] | None = None,
) -> Iterator[pl.DataFrame]:
    """The table `base_spectra`, one frame for each matrix of the base: its spectrum, in the form for `parameter_stats`.

    The frames of a large base need not fit into memory together. `digest` identifies the base (the digest of its
    weights); the other arguments are those of `parameter_stats`. Raises CheckpointError for NaN or infinite weights.
    """
    side = Whole(base)
    found = pair_tensors(side, side)
    chosen = with_spectra(found, spectra)
    pairs = [pair for pair in found if pair.label in chosen]
    jobs = [Job(partial(_row, side, pair, device=device), working_memory(pair.shape)) for pair in pairs]
    run = partial(one_by_one, memory=memory_limit(base), workers=workers)
    for row in run(jobs) if through is None else through(jobs, run):
        yield BASE_SPECTRA.conform(pl.DataFrame([{"base": digest, **row}], schema=BASE_SPECTRA.polars_schema))


def known_spectra(spectra: pl.DataFrame | Path | None) -> Known:
    """A function from the base's tensor names to their spectra (None if unknown).

    `spectra` is a frame, or a Parquet file, from which a matrix's row group is read when it is needed.
    """
    if spectra is None:
        return lambda name: None
    if isinstance(spectra, pl.DataFrame):
        places = {name: place for place, name in enumerate(spectra["tensor"])}
        return lambda name: _spectrum(spectra[places[name]]) if name in places else None
    with pq.ParquetFile(spectra) as file:
        footer = file.metadata
        names = [file.read_row_group(group, columns=["tensor"])["tensor"] for group in range(file.num_row_groups)]
    groups = {name: group for group, found in enumerate(names) for name in found.to_pylist()}

    def read(name: str | None) -> tuple[Array, Array] | None:
        if name not in groups:
            return None
        # A separate file handle, since threads read at the same time.
        with pq.ParquetFile(spectra, metadata=footer) as file:
            table = file.read_row_group(groups[name], columns=["tensor", *_OF_A_SPECTRUM], use_threads=False)
        return _spectrum(pl.DataFrame(table).filter(pl.col("tensor") == name))

    return read


def known_label(piece: Piece | None) -> str | None:
    """The name of a piece of a base in `base_spectra`; None for a part of a matrix, whose spectrum is another one."""
    return piece.label if piece is not None and piece.part == Part(piece.part.expert) else None


def _spectrum(row: pl.DataFrame) -> tuple[Array, Array]:
    values, vectors, columns = (row[name][0] for name in _OF_A_SPECTRUM)
    return values.to_numpy(), np.frombuffer(vectors).reshape(-1, columns).T


def _row(side: Side, pair: Pair, *, device: str | None) -> dict[str, object]:
    assert pair.base is not None
    reader = side.matrix(pair.base)
    largest = max(float(reader.rows(start, start + 64).double().abs().max()) for start in range(0, reader.shape[0], 64))
    matrix = tall_matrix(reader, largest, device)
    found = decompose(matrix, min(2 * subspace_size(matrix.columns), matrix.columns))
    return {
        "tensor": pair.label,
        "rows": matrix.rows,
        "columns": matrix.columns,
        "singular_values": found.values.tolist(),
        "vectors": found.right.shape[1],
        "right_vectors": np.ascontiguousarray(found.right.T).tobytes(),
    }
