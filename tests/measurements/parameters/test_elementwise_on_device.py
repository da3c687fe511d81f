"""The pass over all elements by torch on a device, against the one on the processor; on a GPU where there is one."""

import numpy as np
import pytest
import torch

from skillprobe_core.measurements.parameters import elementwise_on_device
from skillprobe_core.measurements.parameters.blockwise import pass_by_functions, pass_over
from skillprobe_core.measurements.parameters.elementwise.block import Block, Elementwise
from skillprobe_core.measurements.parameters.elementwise_on_device import sent, sums_on_device
from skillprobe_core.measurements.parameters.matrix_reader import LowRank, stored
from skillprobe_core.measurements.parameters.parameter_registry import elementwise
from tests.cuda_device import NO_GPU

from .conftest import normal

DTYPES = [torch.float32, torch.bfloat16, torch.float16, torch.float64, torch.float8_e4m3fn]


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, NO_GPU])])
def device(request):
    return request.param


def sides(rows: int, columns: int, dtype: torch.dtype = torch.float32):
    """Weights, of which about half were updated by sizes from a thousandth to twice their own."""
    base = (0.02 * normal(rows, columns, seed=1) + 0.003).to(dtype)
    update = base.double() * 2 * normal(rows, columns, seed=2) ** 3 * (normal(rows, columns, seed=3) > 0)
    return base, (base.double() + update).to(dtype)


def finished(families, totals):
    return {name: value for family in families for name, value in family.finish(totals).items()}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("piece", [1, 700, 5000, 1 << 21])
def test_it_gives_what_the_processor_gives(device, dtype, piece, monkeypatch):
    monkeypatch.setattr(elementwise_on_device, "PIECE", piece)
    base, tensor = sides(37, 211, dtype)
    expected = pass_by_functions(stored(base), stored(tensor), elementwise())
    pivots = (float(base[0].double().mean()), float(tensor[0].double().mean()))
    totals, histogram, largest = sums_on_device(stored(base), stored(tensor), elementwise(), pivots, device)
    np.testing.assert_array_equal(histogram, expected.histogram)
    assert largest == list(expected.largest)
    found = finished(elementwise(), {**expected.totals, **totals})
    for name, value in finished(elementwise(), expected.totals).items():
        assert found[name] == pytest.approx(value, rel=1e-10, abs=1e-15), name
    for name in ("row_updated", "column_updated", "changed_relative", "changed_bf16", "within_1e_5"):
        np.testing.assert_array_equal(totals[name], expected.totals[name])


def test_large_tensors_go_to_the_device_and_small_ones_do_not(device, monkeypatch):
    shapes = []
    real = elementwise_on_device.sums_on_device

    def counted(old, *rest):
        shapes.append(old.shape)
        return real(old, *rest)

    monkeypatch.setattr("skillprobe_core.measurements.parameters.blockwise.sums_on_device", counted)
    for rows, columns in ((300, 300), (30, 30), (1, 70_000)):
        base, tensor = sides(rows, columns, torch.bfloat16)
        plain = pass_over(stored(base), stored(tensor))
        found = pass_over(stored(base), stored(tensor), device=device)
        assert found.largest == plain.largest
        np.testing.assert_array_equal(found.histogram, plain.histogram)
        expected = finished(elementwise(), plain.totals)
        for name, value in finished(elementwise(), found.totals).items():
            assert value == pytest.approx(expected[name], rel=1e-9, abs=1e-15), name
    assert shapes == [(300, 300), (1, 70_000)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_weights_that_are_not_finite_are_found(device, value, side):
    weights = [normal(300, 300), normal(300, 300, seed=1)]
    weights[side][217, 3] = value
    found = pass_over(*map(stored, weights), device=device)
    assert [found.base_finite, found.tensor_finite] == [side != 0, side != 1]


def test_pieces_are_halved_where_the_device_runs_out(device, monkeypatch):
    sizes = []

    def hungry(block: Block) -> dict[str, torch.Tensor]:
        sizes.append(block.base.numel())
        if block.base.numel() > 1000:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return {"sum": block.delta.sum()}

    family = Elementwise("hungry", (), hungry, lambda totals: {})
    monkeypatch.setattr(elementwise_on_device, "PIECE", 4000)
    base, tensor = sides(64, 100)
    totals, _, _ = sums_on_device(stored(base), stored(tensor), [family], (0.0, 0.0), device)
    assert float(totals["sum"]) == pytest.approx(float((tensor.double() - base.double()).sum()), rel=1e-12)
    assert sizes == [4000, 2000, *[1000] * 6, 400]
    monkeypatch.setattr(elementwise_on_device, "PIECE", 1)
    wide = [stored(each.reshape(1, -1)) for each in (base, tensor)]
    assert sums_on_device(*wide, [family], (0.0, 0.0), device) is None  # one row does not fit: the processor's part


def test_maxima_are_those_of_all_pieces(device, monkeypatch):
    monkeypatch.setattr(elementwise_on_device, "PIECE", 500)
    family = Elementwise("peaks", (), lambda block: {"max_size": block.delta_size.max()}, lambda totals: {})
    base, tensor = sides(64, 100)
    totals, _, largest = sums_on_device(stored(base), stored(tensor), [family], (0.0, 0.0), device)
    assert float(totals["max_size"]) == largest[2] > 0


def test_an_adapters_sum_is_sent_piece_by_piece(device):
    base = normal(40, 30)
    changed = LowRank(stored(base), normal(40, 2, seed=1).double(), normal(2, 30, seed=2).double())
    pieces = [(old.cpu(), new.cpu()) for old, new in sent(stored(base), changed, 7, device)]
    assert [len(old) for old, _ in pieces] == [7, 7, 7, 7, 7, 5]
    assert torch.equal(torch.cat([old for old, _ in pieces]), base)
    assert torch.cat([new for _, new in pieces]).allclose(changed.rows(0, 40), rtol=1e-14)


@pytest.mark.gpu
@NO_GPU
def test_pinned_memory_is_not_overwritten_before_its_copy_has_ended():
    """Pieces that are summed late, after the device was kept busy, still have their own values."""
    base = torch.arange(64.0).repeat_interleave(1 << 16).reshape(64, -1)
    sums = []
    busy = torch.randn(4096, 4096, device="cuda")
    for old, new in sent(stored(base), stored(base + 1), 1, "cuda"):
        busy = busy @ busy / 64
        sums.append((old.double().mean() + busy[0, 0] * 0, new.double().mean() + busy[0, 0] * 0))
    assert [(round(float(old)), round(float(new))) for old, new in sums] == [(k, k + 1) for k in range(64)]
