"""The compiled passes against the functions that define them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skillprobe_core.measurements.parameters import blockwise
from skillprobe_core.measurements.parameters import parameter_kernel as kernel
from skillprobe_core.measurements.parameters.elementwise.block import Elementwise, count
from skillprobe_core.measurements.parameters.elementwise.norms import NORMS
from skillprobe_core.measurements.parameters.elementwise.tolerance import EXPONENTS, TOLERANCE
from skillprobe_core.measurements.parameters.matrix_reader import stored
from skillprobe_core.measurements.parameters.parameter_registry import elementwise
from skillprobe_core.measurements.parameters.spectral import masks

DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.float8_e4m3fn)


@pytest.fixture(autouse=True)
def compiled():
    if kernel.compiled_kernel() is None:
        pytest.skip("no C compiler")


def pair(shape, dtype, size=1e-3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    base = torch.randn(shape, generator=generator) * 0.02 + 0.01
    moved = base * (1 + size * torch.randn(shape, generator=generator))
    moved[torch.rand(shape, generator=generator) < 0.3] = 0.0
    return base.to(dtype), moved.to(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(300, 500), (1, 4000), (500, 1), (3, 3000)])
def test_one_pass_gives_what_the_families_give(dtype, shape):
    old, new = (stored(side) for side in pair(shape, dtype))
    fused = blockwise.pass_over(old, new)
    plain = blockwise.pass_by_functions(old, new, elementwise())
    assert (fused.base_largest, fused.tensor_largest, fused.delta_largest) == (
        plain.base_largest, plain.tensor_largest, plain.delta_largest
    )  # fmt: skip
    assert np.array_equal(fused.histogram, plain.histogram)
    for family in elementwise():
        ours, theirs = family.finish(fused.totals), family.finish(plain.totals)
        for name, value in theirs.items():
            close = value if value is None else pytest.approx(value, rel=1e-9, abs=1e-15)
            assert ours[name] == close, name


def test_rows_that_do_not_lie_end_to_end():
    base, tensor = pair((64, 130), torch.float32)
    wide = torch.zeros(64, 400)
    wide[:, 7:137] = tensor
    one = blockwise.pass_over(stored(base), stored(tensor))
    two = blockwise.pass_over(stored(base), stored(wide[:, 7:137]))
    assert one.totals["delta_squares"] == two.totals["delta_squares"]
    transposed = blockwise.pass_over(stored(base), stored(tensor.T.contiguous().T))
    assert one.totals["delta_squares"] == transposed.totals["delta_squares"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("side", [0, 1])
def test_values_that_are_no_numbers_are_found(value, side):
    sides = pair((40, 3000), torch.float32)
    sides[side][37, 2999] = value
    found = blockwise.pass_over(*(stored(each) for each in sides))
    assert (found.base_finite, found.tensor_finite) == (side == 1, side == 0)


def test_masks_are_counted():
    rng = np.random.default_rng(0)
    base = rng.standard_normal((50, 60))
    tensor = np.where(rng.random((50, 60)) < 0.5, base, base * 1.01)
    principal = rng.standard_normal((50, 60)).astype(np.float32)
    high, low = 1.0, 0.2
    updated = np.abs(tensor - base) > 1e-3 * np.maximum(np.abs(tensor), np.abs(base))
    large, small = np.abs(principal) >= high, np.abs(base) <= low
    expected = [updated, large & updated, large, small & updated, small]
    found = kernel.fused_mask_counts(base, tensor, principal, high, low)
    assert found is not None
    assert found.tolist() == [mask.sum() for mask in expected]
    assert masks.mask_counts(base, tensor, principal, high, low).tolist() == found.tolist()
    assert 0 < found[1] < found[0]


def test_without_a_compiler_torch_does_the_work(monkeypatch):
    old, new = (stored(side) for side in pair((30, 40), torch.float32))
    fused = blockwise.pass_over(old, new)
    kernel.compiled_kernel.cache_clear()
    monkeypatch.setenv("PATH", "")
    try:
        assert kernel.compiled_kernel() is None
        plain = blockwise.pass_over(old, new)
        assert kernel.fused_mask_counts(np.zeros(2), np.zeros(2), np.zeros(2, np.float32), 1.0, 1.0) is None
    finally:
        kernel.compiled_kernel.cache_clear()
    assert np.array_equal(plain.histogram, fused.histogram)
    assert float(plain.totals["squares"]) == pytest.approx(float(fused.totals["squares"]), rel=1e-12)


def test_a_family_that_the_kernel_does_not_know_is_added_up_all_the_same():
    extra = Elementwise("extra", (), lambda block: {"cubes": (block.delta**3).sum()}, lambda totals: {})
    base, tensor = pair((30, 40), torch.float32)
    found = blockwise.pass_over(stored(base), stored(tensor), (*elementwise(), extra))
    cubes = float(((tensor.double() - base.double()) ** 3).sum())
    assert float(found.totals["cubes"]) == pytest.approx(cubes, rel=1e-12)
    assert "squares" in found.totals


def test_the_kernel_serves_every_function_that_it_was_written_for():
    assert kernel.agreeing() == set(kernel.FUSED) == {family.partial for family in elementwise()}
    assert masks._kernel_agrees()


def test_a_family_with_another_function_wins_over_the_kernel():
    def doubled(block):
        return {name: 2 * value for name, value in NORMS.partial(block).items()}

    base, tensor = (stored(side) for side in pair((30, 40), torch.float32))
    changed = [replace(NORMS, partial=doubled), *elementwise()[1:]]
    usual, found = blockwise.pass_over(base, tensor), blockwise.pass_over(base, tensor, changed)
    assert float(found.totals["squares"]) == pytest.approx(2 * float(usual.totals["squares"]))
    assert found.totals["second"] == usual.totals["second"]


@pytest.fixture
def edited(monkeypatch):
    """Gives a function another body, as an edit of its file does, and forgets that the kernel agreed with it."""

    def forget():
        kernel.agreeing.cache_clear()
        masks._kernel_agrees.cache_clear()

    def edit(function, other):
        monkeypatch.setattr(function, "__code__", other.__code__)
        forget()

    yield edit
    monkeypatch.undo()
    forget()


def test_an_edited_family_wins_over_the_kernel(edited):
    base, tensor = (stored(side) for side in pair((30, 40), torch.float32))
    usual = blockwise.pass_over(base, tensor)
    edited(
        TOLERANCE.partial,
        lambda block: {f"within_1e_{exponent}": count(block.delta_size < 0) for exponent in EXPONENTS},
    )
    found = blockwise.pass_over(base, tensor)
    assert usual.totals["within_1e_3"] > 0
    assert found.totals["within_1e_3"] == 0
    assert found.totals["squares"] == usual.totals["squares"]


def test_edited_masks_win_over_the_kernel(edited):
    rng = np.random.default_rng(0)
    base = rng.standard_normal((50, 60))
    arguments = base, base * 1.01, base.astype(np.float32), 1.0, 0.2
    assert masks._counts(*arguments)[0] == base.size
    edited(masks.mask_counts, lambda base, tensor, principal, high, low: np.zeros(5))
    assert masks._counts(*arguments).tolist() == [0] * 5
