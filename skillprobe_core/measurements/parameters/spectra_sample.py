"""The matrices of a model whose spectra are computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeVar

import polars as pl

from skillprobe_core.runs.tensor_pairs import Pair

from .spectra_settings import Spectra
from .tensor_components import component_of_pair

Each = TypeVar("Each")

LAYERS = 4
"""Layers of a component in a sample, evenly spaced from the first to the last."""

MATRICES = 4
"""Matrices of one layer and component in a sample, such as experts, evenly spaced as well."""


def with_spectra(pairs: Iterable[Pair], spectra: Spectra) -> frozenset[str]:
    """Labels of the compared matrices whose spectra are computed.

    Args:
        pairs: The weights of a checkpoint and its base, or of a base with itself.
        spectra: `all`, `sample` or `off`. A sample has of each component the matrices of 4 layers at most, evenly
            spaced from the first to the last, and of these at most 4 per layer. It follows the names alone, so that it
            is the same at all checkpoints of a run.

    Returns:
        The pairs' labels.
    """
    if spectra == "off":
        return frozenset()
    matrices = [pair for pair in pairs if pair.status == "compared" and len(pair.shape) > 1]
    if spectra == "all":
        return frozenset(pair.label for pair in matrices)
    chosen = []
    for _, component in groupby(sorted(matrices, key=component_of_pair), key=component_of_pair):
        layers = [list(layer) for _, layer in groupby(sorted(component, key=_layer), key=_layer)]
        chosen += [pair.label for layer in _spaced(layers, LAYERS) for pair in _spaced(layer, MATRICES)]
    return frozenset(chosen)


def sample_line(frame: pl.DataFrame) -> str:
    """Number of matrices with spectra in rows of `parameter_stats`, of one comparison; empty if all have them."""
    matrices = frame.filter(pl.col("status") == "compared", pl.col("shape").list.len() > 1)
    known = matrices["spectral_norm"].count()
    return "" if known == matrices.height else f"of {known} of {matrices.height} matrices"


def _layer(pair: Pair) -> int:
    return -1 if pair.layer is None else pair.layer


def _spaced(found: Sequence[Each], number: int) -> list[Each]:
    if len(found) <= number:
        return list(found)
    return [found[round(place * (len(found) - 1) / (number - 1))] for place in range(number)]
