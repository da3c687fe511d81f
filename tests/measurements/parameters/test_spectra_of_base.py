"""Spectra of a base: computed once, read matrix by matrix, and the same as computed on the way."""

import numpy as np
import polars as pl
import pytest
import torch

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.parameters.base_spectra_table import BASE_SPECTRA
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.spectra_of_base import known_spectra, spectra_by_matrix

NAME = "model.layers.0.self_attn.q_proj.weight"


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def sided(stored):
    return lambda tensor: stored({NAME: tensor, "model.norm.weight": torch.ones(3, dtype=torch.float64)})


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16, torch.float8_e4m3fn])
def test_known_base_spectra_change_nothing(sided, dtype, tmp_path):
    old, new = normal(90, 64), normal(90, 64) + 0.01 * normal(90, 64, seed=1)
    base, tuned = sided(old.to(dtype)), sided(new.to(dtype))
    spectra = pl.concat(spectra_by_matrix(base, digest="0123"))
    assert spectra.schema == BASE_SPECTRA.polars_schema
    assert spectra["tensor"].to_list() == [NAME]
    plain = parameter_stats(base, tuned, model="m", step=1)
    cached = parameter_stats(base, tuned, model="m", step=1, base_spectra=spectra)
    assert cached.equals(plain, null_equal=True)
    spectra.write_parquet(tmp_path / "spectra.parquet")
    read = parameter_stats(base, tuned, model="m", step=1, base_spectra=tmp_path / "spectra.parquet")
    assert read.equals(plain, null_equal=True)


def test_spectra_come_matrix_by_matrix(stored, tmp_path):
    tensors = {f"model.layers.{n}.mlp.up_proj.weight": normal(40, 24, seed=n) for n in range(20)}
    base = stored(tensors | {"model.norm.weight": torch.ones(24)})
    frames = list(spectra_by_matrix(base, digest="0123", workers=2))
    assert [frame.height for frame in frames] == [1] * 20
    part = Partition(("base=0123",))
    file = Store(tmp_path).write_parts(BASE_SPECTRA, part, iter(frames), Provenance("1", "1"))
    assert Store(tmp_path).read(BASE_SPECTRA, part).equals(pl.concat(spectra_by_matrix(base, digest="0123")))
    known = known_spectra(file)
    assert known("model.norm.weight") is known(None) is None
    for name, tensor in tensors.items():
        values, vectors = known(name)
        np.testing.assert_allclose(values, np.linalg.svd(tensor.double().numpy(), compute_uv=False), atol=1e-12)
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(12), atol=1e-12)


def test_known_base_spectra_are_used(sided, monkeypatch):
    base, tuned = sided(normal(90, 64)), sided(normal(90, 64) + 0.01 * normal(90, 64, seed=1))
    spectra = pl.concat(spectra_by_matrix(base, digest="0123"))
    counted = []
    module = "skillprobe_core.measurements.parameters.spectral.decomposition.reduce_to_tridiagonal"
    from skillprobe_core.measurements.parameters.spectral.lapack import reduce_to_tridiagonal

    monkeypatch.setattr(module, lambda matrix: counted.append(1) or reduce_to_tridiagonal(matrix))
    parameter_stats(base, tuned, model="m", step=1, base_spectra=spectra)
    with_known = len(counted)
    parameter_stats(base, tuned, model="m", step=1)
    assert (with_known, len(counted) - with_known) == (2, 3)
    assert isinstance(spectra, pl.DataFrame)
