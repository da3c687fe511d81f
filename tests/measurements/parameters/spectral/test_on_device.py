"""Spectra by torch on a device, against LAPACK's: the same code on the CPU, and on a GPU where there is one."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal

from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.spectra_of_base import spectra_by_matrix
from skillprobe_core.measurements.parameters.spectral import matrix as matrices
from skillprobe_core.measurements.parameters.spectral.decomposition import decompose, eigen_of, subspace_size
from skillprobe_core.measurements.parameters.spectral.on_device import DeviceEigen, spectra_device

from .test_decomposition import ADVERSARIAL, matrix

NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, NO_GPU])])
def device(request):
    return request.param


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_spectra_are_those_of_lapack(name, device, monkeypatch):
    monkeypatch.setattr(matrices, "SMALL", 0)
    monkeypatch.setattr(matrices, "BLOCK_ELEMENTS", 1000)
    here = matrix(ADVERSARIAL[name])
    k = subspace_size(here.columns)
    expected, found = decompose(here, k), decompose(replace(here, device=device), k)
    np.testing.assert_allclose(found.values, expected.values, rtol=0, atol=2e-12 * expected.values[0])
    np.testing.assert_allclose(found.right.T @ found.right, np.eye(k), atol=1e-12)
    rows = found.images * here.scale
    np.testing.assert_allclose(np.linalg.norm(rows, axis=0), found.values[:k], atol=1e-7 * found.values[0])
    fast = decompose(replace(here, device=device), 0, exact=False)
    np.testing.assert_allclose(fast.values, expected.values, rtol=0, atol=1e-7 * expected.values[0])
    assert fast.right.shape == (here.columns, 0)


def test_cosines_with_every_eigenvector(device):
    values = ADVERSARIAL["plain"]
    vectors = np.linalg.qr(np.random.default_rng(9).standard_normal((200, 3)))[0]
    with eigen_of(replace(matrix(values), device=device)) as eigen:
        assert isinstance(eigen, DeviceEigen)
        found = eigen.cosines(vectors)
    np.testing.assert_allclose(np.abs(found[::-1]), np.abs(np.linalg.svd(values)[2] @ vectors), atol=1e-9)


def test_every_measure_is_the_same(stored, device):
    def normal(*shape: int, seed: int) -> torch.Tensor:
        return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))

    base = {
        "model.layers.0.mlp.up_proj.weight": normal(120, 64, seed=0),
        "model.layers.0.mlp.down_proj.weight": normal(64, 120, seed=1),
        "model.norm.weight": torch.ones(64),
    }
    first = {name: tensor + 0.02 * normal(*tensor.shape, seed=2) for name, tensor in base.items()}
    new = normal(120, 1, seed=4) @ normal(1, 64, seed=5)  # a direction that the base does not have
    second = {name: tensor + 0.05 * normal(*tensor.shape, seed=3) for name, tensor in base.items()}
    second["model.layers.0.mlp.up_proj.weight"] += new
    sides = [stored(tensors) for tensors in (base, first, second)]
    about = {"model": "m", "step": 2, "previous": sides[1], "previous_step": 1}
    plain = parameter_stats(sides[0], sides[2], **about)
    known = pl.concat(spectra_by_matrix(sides[0], digest="0123", device=device))
    for spectra in (None, known):
        found = parameter_stats(sides[0], sides[2], **about, base_spectra=spectra, device=device, workers=2)
        assert_frame_equal(found, plain, rel_tol=1e-9, abs_tol=1e-9)
    assert plain.filter(pl.col("intruders") > 0).height > 0


def test_where_spectra_are_taken(monkeypatch):
    assert spectra_device("cpu") is spectra_device("mps") is None
    assert spectra_device("cuda:1") == "cuda:1"
    for there, expected in ((True, "cuda"), (False, None)):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert spectra_device("auto") == expected
