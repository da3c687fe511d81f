import math

import numpy as np
import polars as pl
import pytest
import torch

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.parameters import update_agreement as updates
from skillprobe_core.measurements.parameters.base_spectra_table import BASE_SPECTRA
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.spectra_of_base import known_spectra, spectra_by_matrix
from skillprobe_core.measurements.parameters.update_agreement import compare_updates

NAME = "model.layers.0.self_attn.q_proj.weight"


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def sided(stored):
    return lambda tensor: stored({NAME: tensor, "model.norm.weight": torch.ones(3, dtype=torch.float64)})


def test_the_previous_checkpoint_is_a_second_reference(sided):
    base, first, second = normal(50, 40), normal(50, 40, seed=1), normal(50, 40, seed=2)
    w0, w1, w2 = sided(base), sided(base + 0.1 * first), sided(base + 0.1 * first + 0.05 * second)
    frame = parameter_stats(w0, w2, model="m", step=20, previous=w1, previous_step=10)
    assert frame.select("tensor", "reference", "reference_step").rows() == [
        (NAME, "base", 0),
        ("model.norm.weight", "base", 0),
        (NAME, "previous", 10),
        ("model.norm.weight", "previous", 10),
    ]
    row = frame.filter(tensor=NAME, reference="previous").row(0, named=True)
    step = 0.05 * second
    assert row["delta_norm"] == pytest.approx(step.norm().item(), rel=1e-12)
    assert row["relative_norm"] == pytest.approx((step.norm() / (base + 0.1 * first).norm()).item(), rel=1e-12)
    one, two = 0.1 * first, 0.1 * first + 0.05 * second
    assert row["update_cosine"] == pytest.approx(((one * two).sum() / one.norm() / two.norm()).item(), rel=1e-12)
    plain = parameter_stats(w0, w2, model="m", step=20)
    assert frame.filter(reference="base").equals(plain, null_equal=True)


def test_jaccard_of_planted_masks_and_its_baseline(sided):
    base = 1 + normal(300, 200).abs()
    generator = torch.Generator().manual_seed(5)
    p, q = 0.3, 0.6
    first, second = (torch.rand(300, 200, generator=generator) < share for share in (p, q))
    checkpoints = [sided(torch.where(mask, base * 1.1, base)) for mask in (first, second)]
    row = compare_updates(sided(base), *checkpoints).filter(tensor=NAME).row(0, named=True)
    union, both = (first | second).sum().item(), (first & second).sum().item()
    assert row["update_jaccard"] == both / union
    shares = [mask.double().mean().item() for mask in (first, second)]
    chance = math.prod(shares) / (sum(shares) - math.prod(shares))
    assert row["update_jaccard_chance"] == pytest.approx(chance, rel=1e-12)
    assert row["update_jaccard"] == pytest.approx(chance, abs=0.01)
    same = compare_updates(sided(base), checkpoints[0], checkpoints[0]).filter(tensor=NAME).row(0, named=True)
    assert (same["update_jaccard"], same["update_cosine"]) == (1.0, pytest.approx(1.0))


def test_nothing_updated_has_no_direction(sided):
    base = normal(20, 16)
    row = compare_updates(sided(base), sided(base), sided(base + 1)).filter(tensor=NAME).row(0, named=True)
    assert row["update_cosine"] is row["update_similarity"] is None
    assert row["update_jaccard"] == 0.0


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16, torch.float8_e4m3fn])
@pytest.mark.parametrize("exact", [True, False])
def test_known_base_spectra_change_nothing(sided, exact, dtype, tmp_path):
    old, new = normal(90, 64), normal(90, 64) + 0.01 * normal(90, 64, seed=1)
    base, tuned = sided(old.to(dtype)), sided(new.to(dtype))
    spectra = pl.concat(spectra_by_matrix(base, digest="0123", exact=exact))
    assert spectra.schema == BASE_SPECTRA.polars_schema
    assert spectra["tensor"].to_list() == [NAME]
    plain = parameter_stats(base, tuned, model="m", step=1, exact=exact)
    cached = parameter_stats(base, tuned, model="m", step=1, base_spectra=spectra, exact=exact)
    assert cached.equals(plain, null_equal=True)
    spectra.write_parquet(tmp_path / "spectra.parquet")
    read = parameter_stats(base, tuned, model="m", step=1, base_spectra=tmp_path / "spectra.parquet", exact=exact)
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


def test_agreement_is_weighted_by_elements_and_leaves_out_what_stood_still():
    tensors = pl.DataFrame(
        {
            "tensor": ["a", "b", "c"],
            "component": ["mlp_up", "mlp_up", "norm"],
            "elements": [30, 10, 5],
            **{name: [0.2, 0.6, None] for name in updates.measure_names()},
        }
    )
    rows = updates.agreement(tensors, ("component",))
    assert rows["component"].to_list() == ["mlp_up", "norm"]
    assert rows["update_jaccard"].to_list() == [pytest.approx(0.3), None]
    whole = updates.agreement(tensors)
    assert whole.select("tensors", "elements", "update_cosine").row(0) == (3, 45, pytest.approx(0.3))
