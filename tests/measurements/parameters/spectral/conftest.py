"""Dense matrices as the spectral measures read them."""

import numpy as np

from skillprobe_core.measurements.parameters.parameter_registry import spectral
from skillprobe_core.measurements.parameters.spectral.decomposition import decompose
from skillprobe_core.measurements.parameters.spectral.matrix import Matrix
from skillprobe_core.measurements.parameters.spectral.spectral_family import Spectra, subspace_size


def tall(values: np.ndarray) -> Matrix:
    transposed = values.shape[0] < values.shape[1]
    values = values.T if transposed else values
    largest = float(np.abs(values).max())
    return Matrix(*values.shape, lambda start, stop: np.array(values[start:stop]), largest, transposed)


def measure(base: np.ndarray, tensor: np.ndarray) -> dict:
    k = subspace_size(min(base.shape))
    old, new, delta = tall(base), tall(tensor), tall(tensor - base)
    spectra = Spectra(
        old.rows, old.columns, decompose(old, min(2 * k, old.columns)), decompose(new, k), decompose(delta, 0)
    )
    return {name: value for family in spectral() for name, value in family.measure(spectra).items()}


def orthogonal(n: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]


def turn(n: int, i: int, j: int, degrees: float) -> np.ndarray:
    rotation = np.eye(n)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    rotation[np.ix_([i, j], [i, j])] = [[cos, -sin], [sin, cos]]
    return rotation
