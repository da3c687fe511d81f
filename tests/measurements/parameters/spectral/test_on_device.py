"""Spectra by torch on a device, against LAPACK's: the same code on the CPU, and on a GPU where there is one."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal

from skillprobe_core.measurements.parameters.matrix_reader import stored as reader_of
from skillprobe_core.measurements.parameters.matrix_reader import tall_difference, tall_matrix
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.spectra_of_base import spectra_by_matrix
from skillprobe_core.measurements.parameters.spectral import matrix as matrices
from skillprobe_core.measurements.parameters.spectral.decomposition import decompose, eigen_of, subspace_size
from skillprobe_core.measurements.parameters.spectral.on_device import (
    ONE_AT_A_TIME,
    Batches,
    DeviceEigen,
    device_blocks,
    spectra_device,
)
from tests.cuda_device import NO_GPU

from .test_decomposition import ADVERSARIAL, matrix


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


def grams(widths: list[int], device: str) -> list[torch.Tensor]:
    halves = [torch.randn(n + 3, n, dtype=torch.float64, generator=torch.Generator().manual_seed(n)) for n in widths]
    return [(half.T @ half).to(device) * (1 + place) for place, half in enumerate(halves)]


def together(batches: Batches, given: list[torch.Tensor], *, vectors: bool) -> list:
    """The results of threads that all wait before the device becomes free."""
    with ThreadPoolExecutor(len(given)) as pool:
        with ONE_AT_A_TIME:
            found = [pool.submit(batches.decompose, gram, vectors=vectors) for gram in given]
            while batches.waiting < len(given):
                time.sleep(0.001)
        return [each.result() for each in found]


@pytest.mark.parametrize("vectors", [False, True])
@pytest.mark.parametrize("most", [9, 2, 1])
def test_matrices_of_one_width_that_wait_are_one_batch(device, vectors, most, monkeypatch):
    """And batches are halved while the device has too little memory for them."""
    sizes = []
    name = "eigh" if vectors else "eigvalsh"
    real = getattr(torch.linalg, name)

    def counted(batch):
        sizes.append(len(batch))
        if len(batch) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(batch)

    monkeypatch.setattr(torch.linalg, name, counted)
    given = grams([12, 20, 12, 12, 20, 12, 12], device)
    found = together(Batches(), given, vectors=vectors)
    assert sum(size for size in sizes if size <= most) == len(given)
    assert {9: {5, 2}, 2: {5, 3, 2, 1}, 1: {5, 3, 2, 1}}[most] >= set(sizes) >= {min(most, 5)}
    for gram, (squares, all_vectors) in zip(given, found, strict=True):
        expected = np.linalg.eigvalsh(gram.cpu().numpy())
        np.testing.assert_allclose(squares.cpu().numpy(), expected, rtol=0, atol=1e-13 * expected[-1])
        assert (all_vectors is not None) == vectors
        if all_vectors is not None:
            assert (all_vectors @ torch.diag(squares) @ all_vectors.T).allclose(gram, rtol=1e-9, atol=1e-9)


def test_a_batch_that_fails_fails_for_each_of_its_threads_and_no_other(device, monkeypatch):
    real = torch.linalg.eigvalsh

    def failing(batch):
        if batch.shape[-1] == 20:
            raise RuntimeError("the algorithm did not converge")
        return real(batch)

    monkeypatch.setattr(torch.linalg, "eigvalsh", failing)
    batches = Batches()
    with ThreadPoolExecutor(4) as pool:
        with ONE_AT_A_TIME:
            found = [pool.submit(batches.decompose, gram, vectors=False) for gram in grams([20, 12, 20, 12], device)]
            while batches.waiting < 4:
                time.sleep(0.001)
        errors = [each.exception() for each in found]
    assert [isinstance(error, RuntimeError) for error in errors] == [True, False, True, False]
    assert batches.waiting == 0


@pytest.mark.parametrize("shape", [(90, 40), (40, 90)])
@pytest.mark.parametrize("size", [1.0, 1e-30, 1e30])
def test_blocks_are_sent_in_their_stored_type(device, shape, size, monkeypatch):
    monkeypatch.setattr(matrices, "SMALL", 0)
    monkeypatch.setattr(matrices, "BLOCK_ELEMENTS", 400)
    generator = torch.Generator().manual_seed(3)
    old = (torch.randn(shape, generator=generator) * size).bfloat16()
    new = (old.float() * 1.05).bfloat16()
    sides = [tall_matrix(reader_of(each), float(each.abs().max()), device) for each in (old, new)]
    delta = tall_difference(
        reader_of(old), reader_of(new), float((new.double() - old.double()).abs().max()), tuple(sides), device
    )
    for matrix_ in (*sides, delta):
        assert matrix_.send is not None
        blocks = list(device_blocks(matrix_))
        assert len(blocks) == 9
        assert {block.dtype for block in blocks} == {torch.float64}
        plain = np.concatenate([block.copy() for _, _, block in matrix_.blocks()])
        np.testing.assert_array_equal(torch.cat([block.cpu() for block in blocks]).numpy(), plain)
