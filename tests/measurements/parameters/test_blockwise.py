import numpy as np
import polars as pl
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.parameters.blockwise import pass_over
from skillprobe_core.measurements.parameters.matrix_reader import stored
from skillprobe_core.measurements.parameters.parameter_registry import distributions, elementwise


def measure(base: torch.Tensor, tensor: torch.Tensor) -> dict:
    found = pass_over(stored(base), stored(tensor))
    values = {}
    for family in elementwise():
        values |= family.finish(found.totals)
    for family in distributions():
        values |= family.finish(found.histogram, found.largest.delta)
    return values


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16, torch.float8_e4m3fn])
@pytest.mark.parametrize("shape", [(300, 500), (1, 4000), (4000, 1), (7, 70_001)])
def test_moments_quantiles_and_tolerances_against_numpy(dtype, shape):
    base = (0.02 * normal(*shape)).to(dtype)
    tensor = (base.double() + 1e-4 * normal(*shape, seed=1) ** 3).to(dtype)
    found = measure(base, tensor)
    w0, w = base.double().numpy(), tensor.double().numpy()
    delta = w - w0
    for side, values in (("base_", w0), ("", w), ("delta_", delta)):
        assert found[f"{side}mean"] == pytest.approx(values.mean(), abs=1e-12 * np.abs(values).max())
        assert found[f"{side}std"] == pytest.approx(values.std(), rel=1e-10)
        if values.std() > 0:
            kurtosis = scipy.stats.kurtosis(values, axis=None)
            assert found[f"{side}kurtosis"] == pytest.approx(kurtosis, rel=1e-8, abs=1e-8)
    size = np.abs(delta)
    assert found["delta_max"] == size.max()
    for name, share in (("delta_q50", 0.5), ("delta_q90", 0.9), ("delta_q99", 0.99), ("delta_q999", 0.999)):
        around = np.quantile(size, [max(0, share - 2e-4), min(1, share + 2e-4)])
        assert around[0] * 0.998 <= found[name] <= around[1] * 1.002 + 1e-38, name
    for exponent in range(3, 9):
        assert found[f"within_1e_{exponent}"] == (size <= 10.0**-exponent).mean()
    assert found["sparsity_exact"] == (delta == 0).mean()


def test_norm_weights_near_one_keep_their_kurtosis():
    weights = 1 + 1e-3 * normal(1, 50_000)
    found = measure(weights, weights)
    assert found["kurtosis"] == pytest.approx(scipy.stats.kurtosis(weights.numpy(), axis=None), abs=1e-3)
    constant = measure(torch.ones(100), torch.ones(100))
    assert (constant["std"], constant["kurtosis"], constant["delta_kurtosis"]) == (0.0, None, None)


def test_updates_that_gather_in_rows_are_distinguished_from_scattered_ones():
    base = 1 + normal(400, 300).abs()
    mask = torch.rand(400, 300, generator=torch.Generator().manual_seed(1)) < 0.1
    scattered = measure(base, torch.where(mask, base * 1.1, base))
    assert scattered["row_dispersion"] == pytest.approx(1.0, abs=0.25)
    assert scattered["column_dispersion"] == pytest.approx(1.0, abs=0.25)
    rows = measure(base, torch.where(torch.arange(400)[:, None] < 40, base * 1.1, base))
    assert (rows["rows_updated"], rows["columns_updated"]) == (0.1, 1.0)
    assert rows["row_dispersion"] == pytest.approx(300)
    assert rows["column_dispersion"] == 0.0
    assert measure(base, base)["row_dispersion"] is None


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(1, 40), columns=st.integers(1, 40), block=st.integers(1, 500), piece=st.integers(1, 900))
def test_blocks_do_not_change_the_result(rows, columns, block, piece):
    base, tensor = normal(rows, columns).float(), normal(rows, columns, seed=1).float()
    whole = measure(base, tensor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skillprobe_core.measurements.parameters.blockwise._BLOCK", block)
        patch.setattr("skillprobe_core.measurements.parameters.blockwise._PIECE", piece)
        pieces = measure(base, tensor)
    for name, value in whole.items():
        assert pieces[name] == (None if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)), name


def test_the_artefact_of_bf16_storage(stored_pair_of_types):
    """One update, far below the spacing of bf16: nearly all of it is gone when it is stored in bf16, and only then."""
    fp32, bf16 = stored_pair_of_types
    assert fp32["sparsity_exact"] < 0.01
    assert fp32["delta_rank_share"] == 1.0
    assert bf16["sparsity_exact"] == bf16["sparsity_bf16"] > 0.9
    # The bits of float32 weights rounded to bf16 show the same artefact, whatever the storage.
    assert fp32["sparsity_bf16"] == bf16["sparsity_bf16"]
    assert fp32["within_1e_3"] == bf16["within_1e_3"] or bf16["within_1e_3"] > 0.99


@pytest.fixture
def stored_pair_of_types(stored):
    from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats

    base = (0.02 * normal(200, 150)).bfloat16()
    update = 3e-6 * normal(200, 150, seed=1).float()
    pairs = ((base.float(), base.float() + update), (base, (base.float() + update).bfloat16()))
    frames = [
        parameter_stats(stored({"w.weight": old}), stored({"w.weight": new}), model="m", step=1) for old, new in pairs
    ]
    return [frame.filter(pl.col("tensor") == "w.weight").row(0, named=True) for frame in frames]
